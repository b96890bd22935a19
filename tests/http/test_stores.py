"""Stores that HTTP opens by name, each with keys and a port of its own."""

import contextlib
import itertools
import json
import socket
import subprocess
import threading
from http.client import HTTPConnection
from pathlib import Path

import pytest

from support import wire
from support.client import Client, ConnectionLost
from support.http import CHANGE, Http
from support.servers import Tcpstored, is_sanitized, tcpstored_program
from support.waiting import wait_until

MANY_KEYS = 100_000 if is_sanitized() else 1_000_000


class Stores:
    """The calls of HTTP that change stores."""

    def __init__(self, server):
        self.http = Http(server.address)

    def ask(self, method, name, **headers):
        status, _, body = self.http.request(f"/v1/stores/{name}", method, **(headers or CHANGE))
        return status, json.loads(body)

    def open(self, name):
        return self.http.open_store(name)

    def list(self):
        return {each["name"]: each for each in self.http.json("/v1/stores")["stores"]}


@pytest.fixture
def stores(server):
    return Stores(server)


@pytest.fixture
def connect(server):
    """Opens clients of the first store, or of the one at an address."""
    clients = []

    def connect(address=None):
        clients.append(Client(address or server.address, timeout=20))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def port_is_closed(address):
    with socket.socket() as probe:
        return probe.connect_ex(address) != 0


def test_a_name_has_one_port_until_it_is_closed(stores):
    status, store = stores.ask("PUT", "job-1")
    assert status == 201 and store["name"] == "job-1" and store["clients"] == 0
    assert stores.ask("PUT", "job-1") == (200, store)
    assert stores.ask("PUT", "job-2")[1]["port"] != store["port"]
    assert set(stores.list()) == {"", "job-1", "job-2"}
    assert stores.ask("GET", "job-1") == (200, store)


def test_stores_have_keys_of_their_own(stores, connect, server):
    one, other = connect(stores.open("one")), connect(stores.open("other"))
    first = connect()
    for client, value in ((one, b"1"), (other, b"2"), (first, b"0")):
        client.set("key", value)
    assert [each.get("key") for each in (one, other, first)] == [b"1", b"2", b"0"]
    assert one.add("only here", 1) == 1 and other.get_num_keys() == 1


@pytest.mark.parametrize("name", [".a", "-a", "a%20b", "a%2Fb", "a%22", "x" * 65, "%ff"])
def test_a_wrong_name_is_refused(stores, name):
    status, answer = stores.ask("PUT", name)
    assert status == 400 and "1 to 64 letters" in answer["error"]
    assert set(stores.list()) == {""}


@pytest.mark.parametrize("path", ["/v1/stores/a%00b", "/why%00", "/v1/keys?glob=a%00*", "/why?%00"])
def test_a_zero_byte_is_refused(stores, path):
    status, _, body = stores.http.request(path, "PUT" if "stores" in path else "GET", **CHANGE)
    assert status == 400 and "%00" in json.loads(body)["error"]
    assert set(stores.list()) == {""}


@pytest.mark.parametrize("headers, reason", [
    ({"Accept": "*/*"}, "X-Tcpstore"),
    ({**CHANGE, "Host": "evil.example:80"}, "Host"),
    ({**CHANGE, "Host": "localhost.evil.example"}, "Host"),
    ({**CHANGE, "Host": "[::1]evil.example"}, "Host"),
    ({**CHANGE, "Host": "[::1"}, "Host"),
    ({**CHANGE, "Host": "127.0.0.1:80.evil.example"}, "Host"),
    ({**CHANGE, "Host": ""}, "Host"),
])
@pytest.mark.parametrize("method, path", [
    ("PUT", "/v1/stores/job"), ("DELETE", "/v1/stores/kept"), ("PUT", "/v1/drain")])
def test_what_a_web_page_could_send_changes_nothing(stores, headers, reason, method, path):
    stores.open("kept")
    status, _, body = stores.http.request(path, method, **headers)
    assert status == 403 and reason in json.loads(body)["error"]
    assert set(stores.list()) == {"", "kept"}
    assert stores.http.json("/v1/stat")["draining"] is False


@pytest.mark.parametrize("host", ["localhost", "LocalHost:29500", "127.0.0.1:1", "[::1]:29500",
                                  socket.gethostname()])
def test_an_address_localhost_and_the_own_name_may_change(stores, host):
    assert stores.ask("PUT", "job", **CHANGE, Host=host)[0] == 201


def test_closing_disconnects_clients_and_frees_the_port(server, stores, connect):
    address = stores.open("job")
    client = connect(address)
    client.set("key", b"x" * 100_000)
    client.wait("never")
    status, store = stores.ask("DELETE", "job")
    assert status == 200 and store["clients"] == 1
    client.assert_closed()
    wait_until(lambda: port_is_closed(address))
    server.log.wait_for("event=store-closed store=job clients=1", "127.0.0.1:", "asked for it over HTTP")
    assert stores.ask("DELETE", "job")[0] == 404 and set(stores.list()) == {""}
    assert connect(stores.open("job")).get_num_keys() == 0


@pytest.mark.parametrize("server", [["--job-linger", "0.05"]], indirect=True)
def test_a_store_without_clients_is_forgotten_if_it_has_had_any(server, stores, connect):
    used, unused = stores.open("used"), stores.open("unused")
    client = connect(used)
    client.set("key", b"value")
    assert "used" in stores.list()
    client.close()
    wait_until(lambda: set(stores.list()) == {"", "unused"})
    wait_until(lambda: port_is_closed(used))
    assert not port_is_closed(unused)
    server.log.wait_for("event=store-closed store=used", "--job-linger")


@pytest.mark.parametrize("server", [["--job-linger", "2"]], indirect=True)
def test_a_connection_that_is_silent_beyond_the_linger_does_not_keep_a_store(stores, connect):
    for name in ("job", "later"):
        client = connect(stores.open(name))
        client.ping()
        client.leave()
        stores.http.wait_until(f"/v1/stores/{name}", lambda store: store["clients"] == 0)
        if name == "job":
            silent = Client(stores.open(name), validate=False)
    wait_until(lambda: "later" not in stores.list())
    assert "job" in stores.list()
    silent.leave()
    wait_until(lambda: "job" not in stores.list())


def test_questions_about_all_stores_survive_the_store_of_their_connection(stores, connect):
    with contextlib.closing(HTTPConnection(*stores.open("job"), timeout=20)) as kept:
        def ask(path):
            kept.request("GET", path)
            answer = kept.getresponse()
            answer.read()
            return answer.status

        assert ask("/healthz") == 200
        assert stores.ask("DELETE", "job")[0] == 200
        wait_until(lambda: ask("/why") == 404)
        for path in ("/healthz", "/readyz", "/metrics", "/v1/stores", "/v1/record"):
            assert ask(path) == 200, path


@pytest.mark.parametrize("server", [["--job-linger", "0.05"]], indirect=True)
def test_http_on_its_port_is_no_client_that_a_store_could_have_lost(stores, connect):
    address, other = stores.open("job"), stores.open("other")
    assert Http(address).json("/v1/stat")["store"] == "job"
    Client(address, validate=False).leave()  # as a probe
    connect(other).close()
    wait_until(lambda: "other" not in stores.list())
    assert "job" in stores.list()
    connect(address).close()
    wait_until(lambda: "job" not in stores.list())


@pytest.mark.parametrize("server", [["--max-stores", "2"]], indirect=True)
def test_the_number_of_stores_is_limited(server, stores):
    stores.open("one")
    stores.open("two")
    status, answer = stores.ask("PUT", "three")
    assert status == 503 and "2 stores are open" in answer["error"]
    assert stores.ask("PUT", "one")[0] == 200
    assert stores.ask("DELETE", "one")[0] == 200
    assert stores.ask("PUT", "three")[0] == 201


@pytest.mark.parametrize("server", [["--max-memory", "2M"]], indirect=True)
def test_a_store_without_memory_is_refused_and_logged(server, stores):
    names = (f"job-{i}" for i in range(20))
    refused = next(answer for name in names if "error" in (answer := stores.ask("PUT", name)[1]))
    assert "out of memory" in refused["error"] and "--max-memory" in refused["error"]
    server.log.wait_for("level=warn event=store-refused store=job-", "out of memory")


PATHS = ["/v1/stat", "/v1/why", "/v1/clients", "/v1/hosts", "/v1/waits", "/v1/barriers", "/v1/keys",
         "/v1/queues", "/v1/closed"]


@pytest.mark.parametrize("path", PATHS)
def test_each_path_answers_about_the_store_that_is_asked(stores, connect, path):
    address = stores.open("job")
    client = connect(address)
    client.set("key-of-job", b"value")
    client.queue_push("queue-of-job", b"value")
    connect(address).wait("awaited-in-job")
    connect(address).barrier("barrier-of-job", 2)
    connect(address).leave()
    named = stores.http.json(f"{path}?store=job")
    assert named != stores.http.json(path)
    own = Http(address).json(path)
    assert own.keys() == named.keys()
    assert stores.http.json(f"{path}?store=").keys() == named.keys()
    status, _, body = stores.http.request(f"{path}?store=nope")
    assert status == 404 and "/v1/stores" in json.loads(body)["error"]


@pytest.mark.parametrize("server", [["--max-memory", "8M", "--job-memory", "4M"]], indirect=True)
def test_a_server_whose_stores_have_used_up_its_memory_is_not_ready(stores, connect):
    addresses = {name: stores.open(name) for name in ("one", "two", "three")}
    for name, address in addresses.items():
        for size in (300_000, 10_000, 2_000):
            client, keys = connect(address), itertools.count()
            while takes(client, size, f"{size}/{next(keys)}"):
                pass
        assert stores.list()[name]["memory_bytes"] < 3 << 20
    status, _, body = stores.http.request("/readyz")
    assert status == 503 and b"--max-memory" in body
    stores.ask("DELETE", "one")
    wait_until(lambda: stores.http.request("/readyz")[0] == 200)


def test_changes_survive_the_store_of_their_connection(stores):
    with contextlib.closing(HTTPConnection(*stores.open("job"), timeout=20)) as kept:
        def change(method, path):
            kept.request(method, path, headers=CHANGE)
            answer = kept.getresponse()
            answer.read()
            return answer.status

        assert change("DELETE", "/v1/stores/job") == 200
        assert change("PUT", "/v1/stores/other") == 201
        assert change("DELETE", "/v1/stores/other") == 200
        assert change("PUT", "/v1/drain") == 200


def test_why_tells_stores_apart(stores, connect):
    connect(stores.open("job")).wait("missing")
    wait_until(lambda: "missing" in stores.http.text("/why?store=job&hang=0"))
    assert "missing" not in stores.http.text("/why?hang=0")


def threads(server):
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


def test_one_thread_answers_about_all_stores(server, stores, connect):
    for name in ("job-1", "job-2", "job-3", "job-4"):
        connect(stores.open(name)).wait("missing")
    stores.http.text("/why?store=job-1")
    with_one = threads(server)
    for name in ("job-2", "job-3", "job-4"):
        stores.http.text(f"/why?store={name}")
    assert threads(server) == with_one


def test_the_log_names_the_store(server, stores, connect):
    client = connect(stores.open("job-7"))
    client.set("text", b"not a number")
    client.send(wire.add("text", 1))
    client.assert_closed()
    server.log.wait_for("event=client-closed store=job-7", "not a decimal number")


def test_stores_have_pages(stores):
    for i in range(5):
        stores.open(f"job-{i}")
    names, cursor = [], ""
    while cursor is not None:
        page = stores.http.json(f"/v1/stores?limit=2{cursor and f'&cursor={cursor}'}")
        assert page["total"] == 6 and len(page["stores"]) == 2
        names += [each["name"] for each in page["stores"]]
        cursor = page["cursor"]
    assert names == ["", *(f"job-{i}" for i in range(5))]


@pytest.mark.parametrize("server", [["--job-memory", "1M"]], indirect=True)
def test_a_store_has_a_limit_of_its_own(server, stores, connect):
    client, first = connect(stores.open("job")), connect()
    assert not takes(client, 900_000)
    server.log.wait_for("event=client-closed store=job", "out of memory", "524288 allowed")
    first.set("key", b"x" * 900_000)
    assert stores.list()["job"]["memory_limit_bytes"] == 1 << 19


@pytest.mark.parametrize("server", [["--max-memory", "8M", "--job-memory", "8M"]], indirect=True)
def test_all_stores_together_have_the_servers_memory(server, stores, connect):
    for name in ("one", "two"):
        connect(stores.open(name)).set("key", b"x" * 1_300_000)
    client = connect(stores.open("three"))
    assert not takes(client, 1_500_000)
    server.log.wait_for("store=three", "together have reached --max-memory")
    stores.ask("DELETE", "one")
    wait_until(lambda: takes(connect(stores.open("three")), 1_500_000))


def takes(client, size, key="key"):
    try:
        client.set(key, b"x" * size)
        client.ping()
        return True
    except ConnectionLost:
        return False


@pytest.mark.parametrize("server", [["--max-clients", "2"]], indirect=True)
def test_clients_of_all_stores_count(server, stores, connect):
    connect(stores.open("one"))
    connect(stores.open("two"))
    assert stores.http.json("/v1/stat")["clients_max"] == 2
    stores.http.wait_until("/v1/stat", lambda stat: stat["clients"] == 0)
    assert stores.http.request("/readyz")[0] == 503


def two_free_ports():
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            first = one.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                other.bind(("127.0.0.1", first + 1))
                return first, first + 1


def test_the_ports_are_those_of_the_range(start):
    first, last = two_free_ports()
    server = start("--job-ports", f"{first}-{last}")
    stores = Stores(server)
    assert {stores.open("one")[1], stores.open("two")[1]} == {first, last}
    status, answer = stores.ask("PUT", "three")
    assert status == 503 and f"--job-ports {first}-{last}" in answer["error"]
    server.log.wait_for("event=store-refused store=three", answer["error"])
    stores.ask("DELETE", "one")
    wait_until(lambda: stores.ask("PUT", "three")[0] in (200, 201))


def test_without_descriptors_a_store_is_refused_and_the_others_stay(tmp_path_factory, connect):
    limited = Tcpstored(tmp_path_factory.mktemp("limited"), before=["prlimit", "--nofile=64:64"])
    stores = Stores(limited)
    first = connect(stores.open("first"))
    first.set("key", b"value")
    statuses = [stores.ask("PUT", f"job-{i}") for i in range(60)]
    refused = [answer["error"] for status, answer in statuses if status == 503]
    assert refused and all("open" in error for error in refused)
    assert first.get("key") == b"value"
    assert len(stores.list()) == 62 - len(refused)
    limited.stop()


def test_many_stores_come_and_go(stores, connect):
    for i in range(300):
        address = stores.open(f"job-{i}")
        client = connect(address)
        client.set("key", b"value")
        if i % 3:
            client.wait("never")
        assert stores.ask("DELETE", f"job-{i}")[0] == 200
    assert set(stores.list()) == {""}


def test_a_store_closes_while_questions_about_it_are_answered(stores, connect):
    def ask():
        while True:
            status, _, _ = stores.http.request("/v1/why?store=job")
            answers.append(status)
            if enough.is_set():
                return

    answers, enough = [], threading.Event()
    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(20):
            address = stores.open("job")
            for _ in range(20):
                connect(address).wait("never")
            so_far = len(answers)
            wait_until(lambda: len(answers) > so_far + 4)
            assert stores.ask("DELETE", "job")[0] == 200
    finally:
        enough.set()
        for thread in asking:
            thread.join()
    assert set(answers) == {200, 404}


def test_a_store_closes_in_the_middle_of_long_requests(stores, connect, server):
    address = stores.open("job")
    client = connect(address)
    client.set("large", b"x" * (1 << 20))
    client.ping()
    for _ in range(4):
        reader = connect(address)
        reader.send(wire.multi_get(["large"] * 64))  # more than the sockets take
        assert len(reader.read(1000)) == 1000
    receiving = connect(address)
    receiving.send(wire.set_value("late", b"x" * (1 << 20))[:-1])
    assert stores.ask("DELETE", "job")[0] == 200
    receiving.assert_closed()
    wait_until(lambda: port_is_closed(address))
    connect().ping()


def test_others_are_served_while_many_keys_are_freed(server, stores, connect):
    client, other = connect(stores.open("job")), connect()
    for first in range(0, MANY_KEYS, 10_000):
        client.multi_set(*((f"key-{i}", b"v") for i in range(first, first + 10_000)))
    assert client.get_num_keys() == MANY_KEYS
    stores.http.text("/why")  # so the thread that answers is there
    before = threads(server)
    assert stores.ask("DELETE", "job")[0] == 200
    client.assert_closed()
    wait_until(lambda: threads(server) > before)  # one frees the keys
    for _ in range(100):
        other.ping()
    assert connect(stores.open("job")).get_num_keys() == 0


def test_a_stop_while_stores_close_is_clean(server, stores, connect):
    for i in range(20):
        connect(stores.open(f"job-{i}")).wait("never")
        stores.ask("DELETE", f"job-{i}")


@pytest.mark.parametrize("ports", ["x", "29501", "29501-", "2-1", "0-5", "1-65536", "1-2-3"])
def test_wrong_ports_are_refused(ports):
    done = subprocess.run([tcpstored_program(), "--job-ports", ports], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 2 and "expected FIRST-LAST" in done.stderr
