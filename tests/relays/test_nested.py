"""A relay behind another: node, middle, store. What test_clients.py has of clients holds here, too."""

import os
import signal
import socket
import struct
import threading

import pytest

from support import trunk as wires
from support import wire
from support.cli import Cli
from support.client import Client, ConnectionLost
from support.credentials import Authority, make_secret
from support.http import Http, identity_of
from support.proxy import Proxy
from support.servers import Tcpstored, free_port, is_closed, trunk_address
from support.trunk import Refused
from support.waiting import wait_until

SECONDS = 30
NUMBER = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
# Job stores have one port everywhere, so each of the three has an address of its own, from which no test
# connects, and a port that the kernel does not choose for stores.
PORT = 29500
MIDDLE_HOST, NODE_HOST = f"127.0.4.{NUMBER}", f"127.0.5.{NUMBER}"
KEY = "default_pg/0//cpu//0/"
LARGE = b"x" * 1_000_000


@pytest.fixture
def start_middle(start_relay, proxy):
    def start(*flags, upstream=proxy.address, trunk="127.0.0.1:0"):
        middle = start_relay("--upstream", "%s:%d" % upstream, "--trunk", trunk, "--bind", MIDDLE_HOST,
                             "--port", PORT, *flags)
        middle.address = MIDDLE_HOST, middle.address[1]
        return middle

    return start


@pytest.fixture
def middle(start_middle, request):
    """Its flags are the parameter, if there is one."""
    middle = start_middle(*getattr(request, "param", ()))
    middle.log.wait_for("event=upstream-connected")
    return middle


@pytest.fixture
def lower_proxy(middle):
    """Between the node and the middle."""
    proxy = Proxy(trunk_address(middle))
    yield proxy
    proxy.stop()


@pytest.fixture
def start_node(start_relay, lower_proxy):
    def start(*flags, host=NODE_HOST):
        node = start_relay("--upstream", "%s:%d" % lower_proxy.address, "--bind", host, "--port", PORT, *flags)
        node.address = host, node.address[1]
        node.log.wait_for("event=upstream-connected")
        return node

    return start


@pytest.fixture
def node(start_node):
    return start_node()


@pytest.fixture
def join(node, connect):
    """Clients of the node, or of another address."""
    return lambda address=node.address: connect(address)


@pytest.fixture
def make_lower(credentials, make_relay, middle):
    """Relays of the test itself, behind the middle."""
    if credentials.flags and credentials.context is None:
        pytest.skip("Python's TLS knows no external secrets")

    def make(**options):
        lower = make_relay(**options)
        lower.address = trunk_address(middle)
        return lower

    return make


# Who the clients are

def test_why_at_the_store_names_the_rank_host_and_process_behind_both(make_lower, server, http, node, spawn):
    lower = make_lower(name="node7").connect()
    for rank in (0, 1, 3):
        lower.enter(rank, rank=rank)
        lower.send(rank, wire.set_value(f"{KEY}{rank}", b""), wire.wait([f"{KEY}2"]))
    lower.wait_until_acknowledged()
    client = spawn(node, RANK="2")
    wait_until(lambda: any(each["pid"] == client.pid for each in http.items("clients")), SECONDS)
    said = Cli(server.address)("why", "--hang", "0").stdout
    assert "rank 2 is connected, has not set an address" in said
    assert f"({socket.gethostname()}:{client.port}, pid {client.pid})" in said
    assert {each["peer"].split(":")[0] for each in http.items("clients")} == {"node7", socket.gethostname()}


def test_what_a_lower_relay_tells_arrives_unchanged(make_lower, http):
    lower = make_lower(name="node7").connect()
    lower.enter(0, port=40000, rank=5, process=77, program="python train.py")
    lower.enter(1, port=40001, host="guest")
    nameless = make_lower(name="").connect()
    nameless.enter(0, port=40002)
    assert sorted(map(identity_of, http.items("clients")), key=str) == [
        ("127.0.0.1:40002", None, None, None), ("guest:40001", None, None, None),
        ("node7:40000", 5, 77, "python train.py")]
    lower.tell_about(1, port=40001, rank=6, process=78, program="python eval.py")
    wait_until(lambda: ("node7:40001", 6, 78, "python eval.py") in map(identity_of, http.items("clients")), SECONDS)


@pytest.mark.parametrize("middle", [["--identify", "off"]], indirect=True)
def test_a_middle_with_identify_off_tells_hosts_and_ports_alone(make_lower, http):
    lower = make_lower(name="node7").connect()
    lower.enter(0, port=40000, rank=5, process=77, program="python train.py")
    lower.tell_about(0, port=40000, rank=5, process=77, program="python train.py")
    lower.send(0, wire.ping(1))
    lower.read(0, 4)
    assert list(map(identity_of, http.items("clients"))) == [("node7:40000", None, None, None)]


# HTTP

def test_http_at_the_node_is_answered_by_the_store(join, node, http):
    join().wait("missing")
    wait_until(lambda: http.items("waits"), SECONDS)
    assert [wait["key"] for wait in Http(node.address).items("waits")] == ["missing"]
    assert "missing" in Cli(node.address)("why", "--hang", "0").stdout


def test_a_middle_without_a_store_answers_that_it_waits(node, middle, proxy):
    proxy.close()
    middle.log.wait_for("event=upstream-lost")
    status, _, answer = Http(node.address).request("/why")
    assert status == 503 and b"waits for its store" in answer
    assert Http(node.address).text("/readyz") == "ready\n"
    proxy.open()
    wait_until(lambda: Http(node.address).request("/why")[0] == 200, SECONDS)


# Clients that leave

def test_the_barrier_of_a_client_that_dies_is_taken_back(join, http):
    client = join()
    client.send(wire.barrier("b", 3))
    wait_until(lambda: http.items("barriers"), SECONDS)
    client.reset()
    wait_until(lambda: http.items("barriers") == [] and http.items("clients") == [], SECONDS)


@pytest.mark.parametrize("middle", [["--max-clients", "2"]], indirect=True)
def test_beyond_the_limit_of_the_middle_clients_are_refused(join, middle):
    for _ in range(2):
        join().ping()
    with pytest.raises(ConnectionLost):
        join().ping()
    middle.log.wait_for("event=client-refused", "clients")


# Back-pressure

def test_one_whose_relay_tells_of_nothing_taken_gets_little_more(make_lower, direct):
    direct.set("large", LARGE)
    direct.ping()
    lower = make_lower().connect()
    lower.enter(0)
    lower.enter(1)
    lower.send(0, wire.get("large") * 40, wire.add("reached", 1))
    while len(lower.replies[0]) < len(LARGE):
        lower.receive()
    for _ in range(100):
        lower.send(1, wire.ping(1))
        lower.read(1, 4)
    assert len(lower.replies[0]) < 4 * len(LARGE) and direct.check("reached") == wire.NOT_READY
    left = 40 * (8 + len(LARGE)) + 8
    while left > 0:
        size = min(left, 64 << 10)
        lower.read(0, size)
        lower.acknowledge()
        lower.tell_taken(0, size)
        left -= size
    assert direct.check("reached") == wire.READY


# Stores of jobs

def test_who_has_opened_one_at_the_node_can_connect_at_once(node, middle, join, direct):
    for number in range(10):
        address = Http(node.address).open_store(f"job-{number}")
        client = join(address)
        client.set("number", b"%d" % number)
        assert client.get("number") == b"%d" % number
        assert join((MIDDLE_HOST, address[1])).get("number") == b"%d" % number
    assert direct.check("number") == wire.NOT_READY


def test_one_that_closes_closes_everywhere(node, join, http):
    address = Http(node.address).open_store("job-1")
    client = join(address)
    client.wait("never")
    wait_until(lambda: http.items("waits", store="job-1"), SECONDS)
    http.close_store("job-1")
    client.assert_closed()
    for host in NODE_HOST, MIDDLE_HOST:
        wait_until(lambda host=host: is_closed((host, address[1])), SECONDS)


def test_a_new_node_has_those_that_are_open(start_node, http, join):
    port = http.open_store("job-1")[1]
    http.open_store("job-2")
    http.close_store("job-2")
    node = start_node(host=f"127.0.6.{NUMBER}")
    node.log.wait_for("event=store-opened", "store=job-1")
    assert join((node.address[0], port)).add("count", 1) == 1
    assert [store["name"] for store in Http(node.address).json("/v1/relay")["stores"]] == ["job-1"]


def test_a_store_that_is_not_open_has_no_clients(make_lower):
    lower = make_lower().connect()
    lower.open(0, store="job-9")
    lower.wait_until_left(0)


# The middle ends

@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
@pytest.mark.parametrize("middle", [["--relay-timeout", "1"]], indirect=True)
def test_a_middle_that_is_killed_takes_the_clients_behind_it_along(join, node, middle, start_middle, http, direct,
                                                                   lower_proxy):
    client = join()
    client.set("key", b"value")
    client.ping()
    middle.process.kill()
    client.assert_closed()
    wait_until(lambda: len(http.items("clients")) == 1, SECONDS)
    assert direct.get("key") == b"value"
    node.log.wait_for("event=relay-forgotten", seconds=SECONDS)
    start_middle(trunk="%s:%d" % trunk_address(middle))
    assert join().get("key") == b"value"


def test_a_middle_that_stops_disconnects_the_clients_behind_it_at_once(join, node, middle, http):
    client = join()
    client.wait("never")
    wait_until(lambda: http.items("waits"), SECONDS)
    middle.stop()
    client.assert_closed()
    wait_until(lambda: http.items("clients") == [], SECONDS)
    assert not node.log.lines_with("event=relay-forgotten")


def test_a_middle_that_drains_ends_after_the_last_client_behind_it(join, middle):
    client = join()
    client.ping()
    middle.process.send_signal(signal.SIGUSR2)
    middle.log.wait_for("event=draining clients=1")
    with pytest.raises(ConnectionLost):
        join().ping()
    assert client.add("count", 1) == 1
    client.close()
    assert middle.process.wait(SECONDS) == 0


@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
def test_when_the_store_forgets_the_middle_all_come_anew(join, middle, node, proxy, server, http):
    address = Http(node.address).open_store("job-1")
    client = join()
    client.set("key", b"value")
    client.ping()
    proxy.close()
    server.log.wait_for("event=relay-gone")
    client.assert_closed()
    middle.log.wait_for("event=relay-gone", "is a relay itself", seconds=SECONDS)
    node.log.wait_for("event=relay-forgotten", seconds=SECONDS)
    wait_until(lambda: "has no store yet" in Http(node.address).text("/relay"), SECONDS)
    proxy.open()
    assert join().get("key") == b"value"
    wait_until(lambda: Http(node.address).json("/v1/relay")["stores"], SECONDS)
    assert join(address).add("count", 1) == 1


def test_when_the_store_stops_the_clients_of_the_node_are_disconnected_at_once(join, server, http):
    client = join()
    client.wait("never")
    wait_until(lambda: http.items("waits"), SECONDS)
    server.stop()
    client.assert_closed()


# Who may connect

@pytest.fixture
def start(tmp_path_factory):
    """Servers with credentials of their own."""
    servers = []

    def start(*flags, above=None):
        upstream = () if above is None else ("--upstream", "%s:%d" % trunk_address(above))
        servers.append(Tcpstored(tmp_path_factory.mktemp("own"), "--trunk", "127.0.0.1:0", *upstream, *flags))
        return servers[-1]

    yield start
    for server in reversed(servers):
        server.stop()


def test_each_end_of_a_middle_refuses_a_wrong_secret(start, tmp_path):
    right, wrong = (("--secret-file", make_secret(tmp_path / name)) for name in ("right", "wrong"))
    store = start(*right)
    middle = start(*right, above=store)
    middle.log.wait_for("event=upstream-connected")
    node = start(*wrong, above=middle)
    middle.log.wait_for("event=relay-refused", "secret", seconds=SECONDS)
    node.log.wait_for("event=upstream-waiting", "secret", seconds=SECONDS)
    stranger = start(*wrong, above=store)
    store.log.wait_for("event=relay-refused", "secret", seconds=SECONDS)
    start(*wrong, above=stranger).log.wait_for("event=upstream-waiting", "has no store yet", seconds=SECONDS)


def test_a_client_with_tls_is_served_at_the_trunk_of_a_middle(start, tmp_path):
    authority = Authority(tmp_path)
    flags = authority.flags(authority.issue("both"))
    store = start(*flags)
    middle = start(*flags, "--trunk-allow", "login", above=store)
    middle.log.wait_for("event=upstream-connected")
    client = Client(trunk_address(middle), timeout=SECONDS, tls=authority.context(authority.issue("login")))
    client.set("key", b"value")
    assert client.get("key") == b"value"
    port = client.socket.getsockname()[1]
    assert [each["peer"] for each in Http(store.address).items("clients")] == [f"127.0.0.1:{port}"]
    client.close()
    stranger = Client(trunk_address(middle), timeout=SECONDS, tls=authority.context(authority.issue("other")))
    stranger.assert_closed()


# Relays that go round in a circle

def test_a_relay_does_not_become_its_own_upstream(start_middle):
    port = free_port()
    middle = start_middle(upstream=("127.0.0.1", port), trunk=f"127.0.0.1:{port}")
    middle.log.wait_for("event=relay-refused", "round in a circle", seconds=SECONDS)
    middle.log.wait_for("event=upstream-waiting", "round in a circle", seconds=SECONDS)


def test_two_relays_do_not_become_the_upstreams_of_each_other(start_middle):
    ports = free_port(), free_port()
    for own, other in ports, ports[::-1]:
        start_middle("--port", 0, upstream=("127.0.0.1", other), trunk=f"127.0.0.1:{own}")
    last = start_middle("--port", 0, upstream=("127.0.0.1", ports[0]))
    last.log.wait_for("event=upstream-waiting", "has no store yet", seconds=SECONDS)


def test_a_relay_that_has_lost_its_store_does_not_find_it_behind_itself(start_relay, proxy, trunk, credentials):
    """Two relays, of which each may be the other's upstream."""
    ports = free_port(), free_port()
    first = start_relay("--upstream", "%s:%d" % proxy.address, "--upstream", f"127.0.0.1:{ports[1]}",
                        "--trunk", f"127.0.0.1:{ports[0]}")
    first.log.wait_for("event=upstream-connected")
    second = start_relay("--upstream", f"127.0.0.1:{ports[0]}", "--trunk", f"127.0.0.1:{ports[1]}")
    second.log.wait_for("event=upstream-connected")
    client = Client(second.address, timeout=SECONDS)
    client.set("key", b"value")
    client.ping()
    proxy.close()
    second.log.wait_for("event=relay-refused", "round in a circle", seconds=SECONDS)
    proxy.open()
    assert client.get("key") == b"value"
    client.close()


class FakeStore:
    """Welcomes the first relay, and names relays between that and itself."""

    def __init__(self, relays):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._relays = relays
        self._link = None
        threading.Thread(target=self._welcome, daemon=True).start()

    def _welcome(self):
        self._link = self._listener.accept()[0]
        self._link.recv(1 << 10)
        self._link.sendall(wires.frame(wires.WELCOME, struct.pack(
            wires.WELCOME_FORMAT, wires.VERSION, bytes(16), 0, 1 << 10, 1 << 20, 1 << 10, 256 << 10, 30000,
            len(self._relays)) + b"".join(self._relays)))

    def stop(self):
        self._listener.close()
        self._link.close()


@pytest.fixture
def start_behind(credentials, start_middle, make_relay):
    """A middle behind a store that names so many relays above it, and a relay behind that."""
    if credentials.flags:
        pytest.skip("the store that is faked speaks no TLS")
    stores = []

    def start(relays):
        stores.append(FakeStore(relays))
        middle = start_middle(upstream=stores[-1].address)
        middle.log.wait_for("event=upstream-connected")
        lower = make_relay()
        lower.address = trunk_address(middle)
        return middle, lower

    yield start
    for store in stores:
        store.stop()


def test_a_relay_above_is_refused_however_far_it_is(start_behind):
    above = [os.urandom(16) for _ in range(3)]
    middle, lower = start_behind(above)
    lower.connect()
    assert lower.path[1:] == above
    for instance in [*above, lower.path[0]]:
        lower.break_link()
        lower.id, lower.is_known, lower.instance = os.urandom(16), False, instance
        with pytest.raises(Refused, match="round in a circle") as refused:
            lower.connect()
        assert refused.value.code == wires.REFUSED_CIRCLE
        lower.link.close()


@pytest.mark.parametrize("count", [6, 7, 8])
def test_relays_are_not_behind_more_than_eight(start_behind, count):
    lower = start_behind([os.urandom(16) for _ in range(count)])[1]
    if count < 7:
        assert len(lower.connect().path) == count + 1
        return
    with pytest.raises(Refused, match="too many") as refused:
        lower.connect()
    assert refused.value.code == wires.REFUSED_DEEP
