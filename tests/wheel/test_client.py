"""The Python client of the installed wheel."""

import socket
import struct
import threading

import pytest
from support.servers import TorchServer


@pytest.fixture
def store(start_server):
    """Starts one, and returns its address."""
    return lambda *flags: "%s:%d" % start_server(*flags).address


def test_questions_to_a_store_without_clients(ask, store):
    address = store()
    assert ask(f"tcpstore.why('{address}')")["verdict"] == "idle"
    assert ask(f"tcpstore.stat('{address}')")["addresses"] == [address]
    assert ask(f"list(tcpstore.clients('{address}'))") == []
    assert ask(f"list(tcpstore.waits('{address}'))") == []


@pytest.mark.parametrize("answer, fields", [("stat({})", "Stat"), ("why({})", "Why"),
                                            ("create_store({}, 'job-1')", "Store")])
def test_an_answers_type_has_its_fields(ask, store, answer, fields):
    answer = answer.format(repr(store()))
    assert ask(f"list(tcpstore.{answer}.keys() ^ tcpstore.{fields}.__annotations__.keys())") == []


def test_why_as_text(ask, store):
    assert ask(f"tcpstore.why_text('{store()}')").startswith("0 clients are connected")


@pytest.fixture
def answering():
    """Answers one connection like this, whatever is asked. Returns the address, and the list that gets what
    was asked."""
    listeners = []

    def start(answer):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        asked = []

        def serve():
            client, _ = listener.accept()
            asked.append(client.recv(1 << 16))
            client.sendall(answer)
            client.close()

        threading.Thread(target=serve, daemon=True).start()
        return "127.0.0.1:%d" % listener.getsockname()[1], asked

    yield start
    for listener in listeners:
        listener.close()


def http(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("question, target", [
    ("why({}, hang=5, world=8, all=True)", "/v1/why?hang=5&world=8&all=1"),
    ("why_text({}, hang=5, world=8, all=True)", "/why?hang=5&world=8&all=1"),
    ("why({})", "/v1/why?all=0"),
    ("stat({})", "/v1/stat"),
    ("stat({}, store='job-1')", "/v1/stat?store=job-1"),
])
def test_what_is_asked(ask, answering, question, target):
    address, asked = answering(http("{}"))
    ask("tcpstore." + question.format(repr(address)))
    assert asked[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


def test_waits(ask, store):
    host, port = store().split(":")
    with socket.create_connection((host, int(port))) as waiting:
        waiting.sendall(b"\0\xce\xf7\x85\x3c\x0d1234" + struct.pack("<BQQ", 6, 1, 4) + b"/key")
        assert waiting.recv(4) == b"1234"
        found = ask(f"list(tcpstore.waits('{host}:{port}'))")
    assert [(wait["key"], wait["clients"]) for wait in found] == [("/key", 1)]


def test_clients_of_more_than_one_page(ask, store):
    host, port = store().split(":")
    opened = []
    for _ in range(5):
        opened.append(socket.create_connection((host, int(port))))
        opened[-1].sendall(b"\0\xce\xf7\x85\x3c\x0d1234")
        assert opened[-1].recv(4) == b"1234"
    found = ask(f"(setattr(tcpstore.questions, 'PAGE', 2), "
                f"list(tcpstore.clients('{host}:{port}')))[1]")
    assert {client["peer"] for client in found} == {"%s:%d" % each.getsockname() for each in opened}
    for each in opened:
        each.close()


def test_a_wrong_argument_names_it(ask, store):
    assert ask(f"tcpstore.why('{store()}', hang=-1)")[0] == "Refused"


def test_http_off(ask, store):
    kind, text = ask(f"tcpstore.why('{store('--http', 'off')}')")
    assert kind == "NoHttp" and "--http off" in text and "--http-bind answers at that address" in text


def test_pytorchs_own_server(ask):
    pytest.importorskip("torch")
    server = TorchServer()
    try:
        kind, text = ask("tcpstore.why('%s:%d', timeout=1)" % server.address)
    finally:
        server.stop()
    assert kind == "NoHttp" and "PyTorch" in text


def test_no_server(ask):
    kind, text = ask("tcpstore.why('127.0.0.1:1')")
    assert kind == "Unreachable" and "cannot connect to 127.0.0.1:1: Connection refused; is " in text


@pytest.mark.parametrize("question", ["why({}, timeout={})", "why_text({}, timeout={})",
                                      "stat({}, timeout={})", "list(tcpstore.stores({}, timeout={}))",
                                      "list(tcpstore.clients({}, timeout={}))",
                                      "list(tcpstore.waits({}, timeout={}))",
                                      "create_store({}, 'job-1', timeout={})",
                                      "delete_store({}, 'job-1', timeout={})"])
def test_a_server_that_is_silent_is_told_after_the_timeout(ask, question):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        question = question if question.startswith("list") else f"tcpstore.{question}"
        kind, text = ask(question.format(repr(address), 0.2))
    assert kind == "Unreachable" and "does not answer within 0.2 s" in text


def test_a_program_that_answers_a_ping_with_something_else_is_no_store(ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with listener.accept()[0], listener.accept()[0] as ping:
                ping.sendall(b"SSH-")
                ping.recv(1 << 16)

        threading.Thread(target=serve, daemon=True).start()
        kind, text = ask("tcpstore.why('127.0.0.1:%d', timeout=0.2)" % listener.getsockname()[1])
    assert kind == "Unreachable" and "is another program listening there?" in text


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                                    b"SSH-2.0-other\r\n"])
def test_another_program(ask, answering, answer):
    address, _ = answering(answer)
    assert ask(f"tcpstore.why('{address}')")[0] == "NoHttp"


def test_an_answer_that_ends_early(ask, answering):
    address, _ = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")
    kind, text = ask(f"tcpstore.why('{address}')")
    assert kind == "Unreachable" and address in text and "ended early" in text


def test_a_refusal_has_the_servers_reason(ask, answering):
    address, _ = answering(http('{"error": "no room"}', "503 Service Unavailable"))
    kind, text = ask(f"tcpstore.stat('{address}')")
    assert kind == "Refused" and f"{address} did not tell its state: no room (status 503)" in text


def test_an_answer_that_is_too_long(ask, answering):
    address, _ = answering(http("[" + " " * 100 + "]"))
    kind, text = ask(f"(setattr(tcpstore.questions.http, 'BODY_MAX', 100), "
                     f"tcpstore.stat('{address}'))[1]")
    assert kind == "Refused" and "longer than 100 bytes" in text


@pytest.mark.parametrize("address, mistake", [
    ("", "the host is missing"),
    (":1", "the host is missing"),
    ("head:", "the port is ''"),
    ("head:x", "the port is 'x'"),
    ("head:0", "the port is '0', not a number from 1 to 65535"),
    ("head:65536", "the port is '65536', not a number from 1 to 65535"),
    ("[::1", "write ']' after the IPv6 address"),
    ("[::1]29500", "write ']' after the IPv6 address, and ':' before the port"),
    ("head:1:2", "head:1:2 has a colon, but is not an IPv6 address"),
    ("http://head:1", "leave out 'http://'"),
    ("head:1/job-1", "an address has no path"),
])
def test_a_wrong_address_names_the_mistake_and_shows_the_right_form(ask, address, mistake):
    kind, text = ask(f"tcpstore.why('{address}')")
    assert kind == "ValueError"
    assert text.startswith(f"'{address}': {mistake}") and "; expected HOST:PORT, such as head:" in text


@pytest.mark.parametrize("address, parts", [
    ("head", ["head", 29500]), ("head:1", ["head", 1]), ("[::1]", ["::1", 29500]),
    ("[::1]:1", ["::1", 1]), ("::1", ["::1", 29500])])
def test_an_address(ask, address, parts):
    assert ask(f"tcpstore.questions.http.addresses.split('{address}')") == parts


def test_the_zone_of_an_address_is_not_sent(ask):
    before = ("from types import SimpleNamespace as Fake\n"
              "connection = Fake(sock=Fake(getpeername=lambda: ('fe80::1%eth0', 1, 0, 2)))")
    assert ask("tcpstore.questions.http._headers(connection)['Host']", before) == "[fe80::1]:1"
