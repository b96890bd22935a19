"""The Python client of the installed wheel."""

import json
import socket
import subprocess
import threading

import pytest
from support.servers import Tcpstored, TorchServer


@pytest.fixture
def ask(scripts):
    """Runs a line of Python with tcpstore; returns its JSON, or the error's name and text."""

    def run(line):
        program = ("import json, tcpstore\n"
                   f"try: print(json.dumps({line}))\n"
                   "except (tcpstore.StoreError, ValueError) as error:\n"
                   "    print(json.dumps([type(error).__name__, str(error)]))\n")
        output = subprocess.run([scripts / "python", "-c", program], check=True, text=True,
                                capture_output=True, timeout=60)
        return json.loads(output.stdout)

    return run


@pytest.fixture
def store(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPSTORED", str(scripts / "tcpstored"))
    running = []

    def start(*flags):
        running.append(Tcpstored(tmp_path, *flags))
        return "%s:%d" % running[-1].address

    yield start
    for server in running:
        server.stop()


def test_questions_to_a_store_without_clients(ask, store):
    address = store()
    assert ask(f"tcpstore.why('{address}')")["verdict"] == "idle"
    assert ask(f"tcpstore.stat('{address}')")["addresses"] == [address]
    assert ask(f"list(tcpstore.clients('{address}'))") == []
    assert ask(f"list(tcpstore.waits('{address}'))") == []


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
    assert kind == "NoHttp" and "--http off" in text


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
    assert kind == "Unreachable" and "127.0.0.1:1" in text


def test_a_server_that_is_silent(ask):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kind, text = ask("tcpstore.why('127.0.0.1:%d', timeout=0.2)" % silent.getsockname()[1])
    assert kind == "Unreachable" and "does not answer" in text


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                                    b"SSH-2.0-other\r\n"])
def test_another_program(ask, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            client, _ = listener.accept()
            client.recv(1 << 16)
            client.sendall(answer)
            client.close()

        threading.Thread(target=serve, daemon=True).start()
        kind, _ = ask("tcpstore.why('127.0.0.1:%d')" % listener.getsockname()[1])
    assert kind == "NoHttp"


@pytest.mark.parametrize("address", ["", "head:", "head:x", "head:65536", "[::1", "[::1]29500"])
def test_a_wrong_address(ask, address):
    kind, text = ask(f"tcpstore.why('{address}')")
    assert kind == "ValueError" and address in text
