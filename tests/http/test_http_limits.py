"""What HTTP clients can take is bounded, and the store is served meanwhile."""

import re
import select
import signal
import socket
from pathlib import Path

import pytest

from support.client import Client

CONNECTIONS = 32
SECONDS = 60  # answers of many megabytes are made at a low priority
CONNECTIONS_OF_A_PEER = 16


@pytest.fixture
def dial(server):
    """Opens raw connections, and closes them when the test ends."""
    opened = []

    def dial(*sent, source="127.0.0.1"):
        opened.append(socket.create_connection(server.address, SECONDS, (source, 0)))
        opened[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for each in sent:
            opened[-1].sendall(each)
        return opened[-1]

    yield dial
    for each in opened:
        each.close()


def read_all(connection):
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def is_closed(connection):
    """Whether the server closes it, rather than waiting for more."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


REQUEST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_a_request_that_arrives_byte_by_byte_is_answered(dial):
    connection = dial(*(bytes([byte]) for byte in REQUEST))
    assert read_all(connection).endswith(b"\r\n\r\nok\n")


def test_pipelined_requests_are_answered_in_order(dial):
    first = REQUEST.replace(b"Connection: close\r\n", b"")
    answers = read_all(dial(first.replace(b"healthz", b"why") + first + REQUEST))
    assert answers.count(b"HTTP/1.1 200 OK") == 3 and answers.endswith(b"ok\n")
    assert answers.index(b"clients are connected") < answers.index(b"ok\n")


def test_a_client_that_sends_no_more_is_answered(dial):
    connection = dial(REQUEST)
    connection.shutdown(socket.SHUT_WR)
    assert read_all(connection).endswith(b"ok\n")


def test_half_a_request_of_a_client_that_sends_no_more_is_closed(server, dial):
    server.process.send_signal(signal.SIGSTOP)  # the bytes and the end arrive together
    connection = dial(b"GET / HTTP")
    connection.shutdown(socket.SHUT_WR)
    server.process.send_signal(signal.SIGCONT)
    assert is_closed(connection)


@pytest.mark.parametrize("bytes", [
    b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET\r\n\r\n",
    b"XYZ" * 10000,
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
])
def test_a_malformed_request_is_refused_and_others_are_answered(dial, http, bytes):
    connection = dial()
    try:
        connection.sendall(bytes)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    except OSError:
        answer = b""
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.0 4"))
    assert http.text("/healthz") == "ok\n"


def test_bytes_that_are_neither_are_refused_as_before(server, dial):
    assert is_closed(dial(b"\xff"))
    assert is_closed(dial(b"\x01"))
    assert server.log.wait_for("event=client-closed", "VALIDATE")


def test_a_peer_has_sixteen_connections_and_all_have_thirty_two(dial, http):
    def connections_of(source, count):
        return [dial(b"GET /healthz HTTP/1.1\r\n", source=source) for _ in range(count)]

    first = connections_of("127.0.0.1", CONNECTIONS_OF_A_PEER)
    assert is_closed(dial(REQUEST))
    second = connections_of("127.0.0.2", CONNECTIONS - CONNECTIONS_OF_A_PEER)
    assert is_closed(dial(REQUEST, source="127.0.0.3"))
    for connection in first + second:
        connection.sendall(b"Host: x\r\nConnection: close\r\n\r\n")
        assert read_all(connection).endswith(b"ok\n")
    assert http.text("/healthz") == "ok\n"


def test_clients_of_the_store_do_not_notice_full_http(server, dial):
    for _ in range(CONNECTIONS_OF_A_PEER):
        dial(b"GET /healthz HTTP/1.1\r\n")
    client = Client(server.address)
    client.set("a", b"1")
    assert client.get("a") == b"1"
    client.close()


def test_clients_that_leave_before_their_answer_free_their_places(dial, connect):
    client = connect()
    for number in range(50):
        dial(REQUEST.replace(b"healthz", b"why"), source=f"127.0.0.{number // 10 + 2}").close()
        client.ping()
    while is_closed(dial(REQUEST)):
        client.ping()  # their places are free once they have been answered


def test_an_answer_that_is_not_read_delays_no_other_client(dial, connect, http):
    client = connect()
    for number in range(1000):
        client.set(f"{number}-" + "x" * 8000, b"")
    client.settle()
    lazy = [dial(b"GET /v1/keys?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(8)]
    for each in lazy:
        assert select.select([each], [], [], 20)[0]
    client.ping()
    assert http.text("/healthz") == "ok\n"


@pytest.mark.parametrize("server", [("--record", "4M")], indirect=True)
def test_answers_that_are_not_read_take_sixteen_megabytes_at_most(dial, connect, http):
    client = connect()
    for number in range(12000):
        client.set(f"{number}-" + "x" * 700, b"")
    client.settle()
    statuses = []
    for number in range(30):
        lazy = dial(b"GET /v1/record HTTP/1.1\r\nHost: x\r\n\r\n",
                    source=f"127.0.0.{number // 15 + 2}")
        statuses.append(lazy.recv(12))
    held = statuses.index(b"HTTP/1.1 503")
    assert 4 <= held <= 5 and set(statuses[:held]) == {b"HTTP/1.1 200"}
    assert len(http.json("/v1/stat")) > 0


def test_a_page_of_keys_takes_less_than_half_a_megabyte_whatever_their_bytes(connect, http):
    client = connect()
    for number in range(100):
        client.set(f"{number}-" + "\x01" * 8000, b"")
    client.settle()
    assert len(http.text("/v1/keys?limit=1000")) < 1 << 19
    assert len(http.items("keys", limit=1000)) == 100


def test_the_server_stops_while_requests_are_being_answered(start):
    server = start()
    connections = [socket.create_connection(server.address, 20) for _ in range(10)]
    for connection in connections:
        connection.sendall(REQUEST.replace(b"healthz", b"v1/why"))
    server.stop()
    for connection in connections:
        connection.close()


def test_a_connection_that_turns_out_to_be_http_was_never_counted(dial, connect, http):
    connect().ping()
    connection = dial()
    http.wait_until("/v1/stat", lambda stat: stat["clients"] == 2)
    assert http.json("/v1/stat")["clients_total"] == 1
    connection.sendall(REQUEST)
    read_all(connection)
    stat = http.wait_until("/v1/stat", lambda stat: stat["clients"] == 1)
    assert (stat["clients_total"], stat["closed_total"]) == (1, 0)
    dial().close()
    stat = http.wait_until("/v1/stat", lambda stat: stat["clients_total"] == 2)
    assert stat["closed_total"] == 1


def test_a_full_store_of_clients_is_not_ready(start):
    from support.http import Http

    server = start("--max-clients", "2")
    clients = [Client(server.address) for _ in range(2)]
    for client in clients:
        client.ping()
    status, _, body = Http(server.address).request("/readyz")
    assert status == 503 and b"--max-clients" in body
    clients.pop().close()
    Http(server.address).wait_until("/v1/stat", lambda stat: stat["clients"] == 1)
    assert Http(server.address).request("/readyz")[0] == 200
    clients.pop().close()


def memory_peak(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


def test_an_answer_to_why_takes_a_bounded_memory(server, http, connect):
    clients = [connect() for _ in range(600)]
    for number, client in enumerate(clients):
        client.set(f"default_pg/0//cpu//0/{2 * number}", b"")
        client.wait(f"default_pg/{number % 64}//cpu//0/{2 * number + 1}")
    clients[0].ping()
    http.wait_until("/v1/why?all=1", lambda why: why["waiting"] == 600)
    before = memory_peak(server)
    why = http.json("/v1/why", all=1, hang=0)
    assert len(why["stages"]) == 64 and why["stages_omitted"] == 0
    shown = sum(len(stage["culprits"]) for stage in why["stages"])
    omitted = sum(stage["culprits_omitted"] for stage in why["stages"])
    assert shown == 5000 and omitted > 10000
    assert memory_peak(server) - before < 64 << 20


def test_an_answer_to_why_has_a_thousand_stages_at_most(http, connect):
    clients = [connect() for _ in range(1100)]
    for number, client in enumerate(clients):
        client.wait("".join(chr(ord("a") + number // 26**place % 26) for place in range(3)))
    why = http.wait_until("/v1/why", lambda why: why["waiting"] == 1100)
    assert (len(why["stages"]), why["stages_omitted"]) == (1000, 100)


def test_answers_of_one_census_take_little_more_than_sixteen_megabytes(server, dial, connect):
    clients = [connect() for _ in range(1000)]
    for number, client in enumerate(clients):
        client.wait(b"\x01" * 1000 + b"%d" % number)
    client.ping()
    server.process.send_signal(signal.SIGSTOP)
    asked = [dial(b"GET /v1/clients?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                  source=f"127.0.0.{number // 16 + 2}") for number in range(CONNECTIONS)]
    server.process.send_signal(signal.SIGCONT)
    answers = [read_all(connection) for connection in asked]
    statuses = [answer[:12] for answer in answers]
    assert set(statuses) == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    assert sum(len(answer) for answer in answers) < 48 << 20
