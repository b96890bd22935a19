"""HTTP at a relay's port: the store answers, or, if there is none, the relay."""

import json
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.cli import Cli
from support.client import Client
from support.http import CHANGE, Http
from support.waiting import wait_until

SECONDS = 30
LARGE = "/v1/record?after=0"  # an answer of more than half a megabyte, once there are enough operations
RECORD_HEAD = 64  # bytes
WINDOW = 256 << 10  # bytes that may be on their way to a client
CONNECTIONS_OF_AN_ADDRESS = 16
REQUEST = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST_REQUEST = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
OWN_PATHS = ["/relay", "/v1/relay", "/healthz", "/readyz"]


@pytest.fixture
def relay(start_relay, proxy, request):
    relay = start_relay("--upstream", "%s:%d" % proxy.address, *getattr(request, "param", ()))
    relay.log.wait_for("event=upstream-connected")
    return relay


@pytest.fixture
def relayed(relay):
    """HTTP to the relay."""
    return Http(relay.address)


@pytest.fixture
def client(relay):
    client = Client(relay.address, timeout=SECONDS)
    yield client
    client.close()


@pytest.fixture
def large(direct, http):
    """Fills the record of operations, and returns what is in it."""
    for number in range(4000):
        direct.set(f"{number}" + "k" * 240, b"value")
    direct.ping()
    entries = entries_of(http.request(LARGE)[2])
    assert len(entries) > 2 * WINDOW
    return entries


def entries_of(record):
    """What is behind its head, which has the time."""
    return record[RECORD_HEAD:]


def body_of(answer):
    return answer.partition(b"\r\n\r\n")[2]


def connect(address):
    return socket.create_connection(address, SECONDS)


def read_all(connection):
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def ask_slowly(address, path):
    """A connection on which the last request has been sent, byte by byte."""
    connection = connect(address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in LAST_REQUEST % path.encode():
        connection.sendall(bytes([byte]))
    return connection


def descriptors(server):
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


# The store's answers

def test_the_store_answers(client, relay, server, http, relayed):
    client.wait("key")
    wait_until(lambda: http.items("waits"), SECONDS)
    for path in "/why", "/v1/clients", "/v1/waits", "/v1/stores":
        status, headers, body = relayed.request(path)
        assert (status, headers["Content-Type"]) == (200, http.request(path)[1]["Content-Type"])
        assert path == "/v1/stores" or b"key" in body or b"peer" in body
    assert [store["port"] for store in relayed.items("stores")] == [server.address[1]]
    for command in "why", "stores", "clients", "waits":
        assert Cli(relay.address)(command).status == Cli(server.address)(command).status
    assert "1 client is connected" in Cli(relay.address)("why").stdout


def test_several_requests_are_answered_on_one_connection(relay):
    with connect(relay.address) as connection:
        connection.sendall(REQUEST % b"/v1/stat" * 5 + LAST_REQUEST % b"/v1/stat")
        assert read_all(connection).count(b"HTTP/1.1 200 OK") == 6


def test_a_request_that_comes_byte_by_byte_is_answered(relay, relayed):
    for path in ["/why", "/relaxed", "/v1/relays", "/health", *OWN_PATHS]:
        with ask_slowly(relay.address, path) as connection:
            status = read_all(connection).split()[1]
        assert int(status) == relayed.request(path)[0]


def test_a_client_that_sends_no_more_gets_its_answer(relay):
    with connect(relay.address) as connection:
        connection.sendall(REQUEST % b"/why")
        connection.shutdown(socket.SHUT_WR)
        assert b"none waits" in read_all(connection)


def test_a_wrong_request_gets_the_same_as_directly(relay, server):
    too_long = b"GET /why HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n"
    for request in b"GET nonsense\r\n\r\n", b"POST /why HTTP/1.1\r\nHost: a\r\n\r\n", too_long:
        answers = []
        for address in relay.address, server.address:
            with connect(address) as connection:
                connection.sendall(request)
                answers.append(connection.recv(1 << 16).split()[:2])
        assert answers[0] == answers[1]


def test_a_change_needs_its_header_and_host(relayed):
    assert relayed.request("/v1/stores/job-1", "PUT")[0] == 403
    assert relayed.request("/v1/stores/job-1", "PUT", Host="evil.example", **CHANGE)[0] == 403
    assert relayed.request("/v1/stores/job-1", "PUT", **CHANGE)[0] == 201


def test_http_and_silent_connections_are_no_clients_of_the_store(relay, relayed, http):
    before = http.json("/v1/stat")["clients_total"]
    with connect(relay.address):
        for path in "/why", *OWN_PATHS:
            relayed.request(path)
        assert http.json("/v1/stat")["clients_total"] == before
        assert relayed.json("/v1/relay")["clients"] == 0


# Large answers

def test_a_large_answer_is_read_slowly_and_holds_up_nobody(client, large, relay):
    with connect(relay.address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.sendall(LAST_REQUEST % LARGE.encode())
        read = connection.recv(100)
        for count in range(1, 50):
            assert client.add("count", 1) == count
        read += read_all(connection)
    assert entries_of(body_of(read)) == large


def test_an_answer_is_whole_when_the_link_breaks_in_the_middle(large, relay, proxy):
    with connect(relay.address) as connection:
        connection.sendall(LAST_REQUEST % LARGE.encode())
        read = connection.recv(100)
        while part := connection.recv(200_000):
            read += part
            proxy.cut()
    assert entries_of(body_of(read)) == large


def test_clients_that_go_away_in_the_middle_leave_nothing(large, relay, server, relayed):
    before = descriptors(server), descriptors(relay)
    for _ in range(3 * CONNECTIONS_OF_AN_ADDRESS):
        with connect(relay.address) as connection:
            connection.sendall(REQUEST % LARGE.encode())
            connection.recv(10)
        wait_until(lambda: (descriptors(server), descriptors(relay)) == before, SECONDS)
    assert entries_of(relayed.request(LARGE)[2]) == large


def test_one_address_has_so_many_connections_and_no_more(relay, relayed, client):
    held = [connect(relay.address) for _ in range(CONNECTIONS_OF_AN_ADDRESS)]
    for connection in held:
        connection.sendall(REQUEST % b"/v1/stat")
        assert connection.recv(10)
    with connect(relay.address) as late:
        late.sendall(REQUEST % b"/v1/stat")
        assert read_all(late) == b""
    assert client.add("count", 1) == 1
    for connection in held:
        connection.close()
    wait_until(lambda: is_answered(relayed), SECONDS)


def is_answered(http):
    try:
        return http.request("/v1/stat")[0] == 200
    except OSError:
        return False


def test_many_ask_at_once(relayed):
    with ThreadPoolExecutor(8) as askers:
        assert {status for status, _, _ in askers.map(lambda _: relayed.request("/v1/why"), range(100))} == {200}


def test_the_store_stops_with_connections_open(relay, server, large):
    idle, slow = connect(relay.address), connect(relay.address)
    idle.sendall(REQUEST % b"/v1/stat")
    assert idle.recv(10)
    slow.sendall(REQUEST % LARGE.encode())
    assert slow.recv(10)
    server.stop()
    for connection in idle, slow:
        read_all(connection)
        connection.close()


# Without a store

def test_without_a_store_the_relay_says_what_it_waits_for(relay, proxy, relayed, client):
    client.ping()
    proxy.close()
    relay.log.wait_for("event=upstream-lost")
    place = "%s:%d" % proxy.address
    for path in "/why", "/v1/why", "/metrics", "/":
        status, headers, body = relayed.request(path)
        answer = json.loads(body)
        assert (status, headers["Retry-After"], headers["Connection"]) == (503, "1", "close")
        assert answer["state"] == "waiting" and answer["upstream"] == place and answer["clients"] == 1
        assert place in answer["error"] and answer["reason"] in answer["error"]
        assert answer["next"] in answer["error"] and "--trunk" in answer["next"]
    assert relayed.request("/v1/stores/job-1", "PUT", **CHANGE)[0] == 503
    done = Cli(relay.address)("why")
    assert done.status != 0 and place in done.stderr and "--trunk" in done.stderr
    proxy.open()
    wait_until(lambda: relayed.request("/why")[0] == 200, SECONDS)
    assert relayed.json("/v1/relay")["reconnects"] > 0


@pytest.fixture
def next_step_at(start_relay):
    """What to do, and the log of a relay of the upstream."""
    def ask(upstream, *flags):
        relay = start_relay("--upstream", upstream, *flags)
        line = relay.log.wait_for("event=upstream-waiting", seconds=SECONDS)
        answer = Http(relay.address).json("/v1/relay")
        assert f'next="{answer["next"]}"' in line and answer["next"] in Http(relay.address).text("/relay")
        return answer["next"]

    return ask


def test_what_to_do_depends_on_the_reason(next_step_at, server, credentials):
    assert "--trunk runs" in next_step_at("127.0.0.1:1")
    assert "look up" in next_step_at("no-host.invalid:1", *credentials.between_hosts)
    assert "the port is not that of --trunk" in next_step_at("%s:%d" % server.address)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "to the port" in next_step_at("127.0.0.1:%d" % silent.getsockname()[1])


def test_a_reason_that_changes_is_logged(start_relay):
    """Without changes, the line for the same reason comes later and later: the last one after a minute."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    relay = start_relay("--upstream", "%s:%d" % address)

    def wait_for(count, reason):
        wait_until(lambda: len(relay.log.lines_with("event=upstream-waiting", reason)) == count, SECONDS)

    wait_for(1, "connection refused")
    for changes in 1, 2:
        with socket.create_server(address):
            wait_for(changes, "does not greet")
        wait_for(changes + 1, "connection refused")


def test_the_place_that_was_tried_is_the_one_that_the_reason_is_about(start_relay, credentials):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        places = ["no-host.invalid:1", "127.0.0.1:%d" % silent.getsockname()[1]]
        relay = start_relay("--upstream", places[0], "--upstream", places[1], *credentials.between_hosts)
        http = Http(relay.address)
        http.wait_until("/v1/relay", lambda answer: answer["upstream"] == places[1])
        assert http.json("/v1/relay")["reason"] != http.wait_until(
            "/v1/relay", lambda answer: answer["upstream"] == places[0])["reason"]


def test_a_store_that_falls_silent_is_told_at_once(proxy, relayed, client):
    client.ping()
    proxy.stall()
    client.set("key", b"value")
    answer = relayed.wait_until("/v1/relay", lambda answer: answer["next"] is not None)
    assert answer["state"] == "linked" and answer["silent_seconds"] >= 3
    assert "answered nothing" in answer["reason"] and "network" in answer["next"]
    assert "which has answered nothing for 3 s" in relayed.text("/relay") and answer["next"] in relayed.text("/relay")
    for path in "/why", "/v1/clients":
        status, _, body = relayed.request(path)
        assert status == 503 and "answered nothing" in json.loads(body)["error"]
    status, _, body = relayed.request("/readyz")
    assert status == 503 and b"answered nothing" in body


def test_a_store_that_owes_nothing_is_not_silent(relayed, client):
    client.ping()
    assert relayed.wait_until("/v1/relay", lambda answer: answer["seconds"] > 4)["silent_seconds"] == 0
    assert relayed.text("/readyz") == "ready\n"


# The relay's own paths

def test_a_relay_that_waits_lives_and_is_not_ready(relay, proxy, relayed):
    assert relayed.text("/healthz") == "ok\n"
    assert relayed.text("/readyz") == "ready\n"
    assert "linked" in relayed.text("/relay")
    assert relayed.json("/v1/relay")["reason"] is None
    proxy.close()
    relay.log.wait_for("event=upstream-lost")
    assert relayed.text("/healthz") == "ok\n"
    status, _, body = relayed.request("/readyz")
    assert status == 503 and b"waits for its store" in body
    assert "waits for its store" in relayed.text("/relay") and "next:" in relayed.text("/relay")
    wait_until(lambda: relayed.json("/v1/relay")["seconds"] > 0, SECONDS)


def test_what_the_store_has_not_taken_is_counted(relay, proxy, relayed, client):
    proxy.close()
    relay.log.wait_for("event=upstream-lost")
    client.set("key", b"x" * 100_000)
    relayed.wait_until("/v1/relay", lambda answer: answer["unacknowledged_bytes"] > 100_000)
    proxy.open()
    client.ping()
    relayed.wait_until("/v1/relay", lambda answer: answer["unacknowledged_bytes"] == 0)


@pytest.mark.parametrize("path", OWN_PATHS)
def test_own_paths_cannot_be_changed(relayed, path):
    status, headers, body = relayed.request(path, "PUT", **CHANGE)
    assert status == 405 and headers["Allow"] == "GET, HEAD" and json.loads(body)["error"]


@pytest.mark.parametrize("relay", [["--max-clients", "1"]], indirect=True)
def test_a_relay_whose_clients_are_many_lives_and_is_not_ready(relayed, client, relay):
    client.ping()
    with Client(relay.address, timeout=SECONDS).socket as late:
        assert read_all(late) == b""
    assert relayed.text("/healthz") == "ok\n"
    assert relayed.request("/readyz")[0] == 503
    assert relayed.request("/why")[0] == 200


def test_a_relay_that_drains_serves_http_which_does_not_hold_it_up(relay, relayed, client):
    client.ping()
    held = connect(relay.address)
    held.sendall(REQUEST % b"/v1/stat")
    assert held.recv(10)
    relayed.request("/why")
    relay.process.send_signal(signal.SIGUSR2)
    relay.log.wait_for("event=draining", "clients=1")
    status, _, body = relayed.request("/readyz")
    assert status == 503 and b"draining" in body and relayed.json("/v1/relay")["draining"]
    assert relayed.request("/why")[0] == 200
    client.close()
    assert relay.process.wait(SECONDS) == 0
    held.close()


@pytest.mark.parametrize("relay", [["--validate-timeout", "1"]], indirect=True)
def test_one_that_sends_nothing_or_never_a_path_is_closed_in_time(relay, client):
    client.ping()
    with connect(relay.address) as silent, connect(relay.address) as unclear:
        unclear.sendall(b"GET /rela")
        assert read_all(silent) == read_all(unclear) == b""
    client.ping()


# Who may ask

@pytest.mark.parametrize("relay", [["--http", "off"], ["--http-allow", "127.0.0.9"],
                                   ["--http-bind", "127.0.0.1:0"]], indirect=True)
def test_who_may_not_ask_is_closed_with_a_line(relay, client):
    with connect(relay.address) as connection:
        connection.sendall(REQUEST % b"/relay")
        assert read_all(connection) == b""
    relay.log.wait_for("event=client-refused", "HTTP")
    client.ping()


@pytest.mark.parametrize("server", [["--http", "off"], ["--http-allow", "127.0.0.9"]], indirect=True)
def test_the_rules_of_the_store_apply_to_the_address_of_the_relay(relay, relayed, client):
    with connect(relay.address) as connection:
        connection.sendall(REQUEST % b"/why")
        assert read_all(connection) == b""
    assert relayed.text("/healthz") == "ok\n"
    client.ping()


@pytest.mark.parametrize("relay", [["--http-bind", "127.0.0.1:0"]], indirect=True)
def test_a_port_for_http_serves_nothing_else(relay):
    line = relay.log.wait_for("event=serving", "http=")
    host, port = line.split("http=")[1].split()[0].split(":")
    http = Http((host, int(port)))
    assert "none waits" in http.text("/why") and "linked" in http.text("/relay")
    other = Client((host, int(port)), timeout=SECONDS)
    other.assert_closed()
    relay.log.wait_for("event=client-refused", "does not speak HTTP")
