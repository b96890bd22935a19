"""The command line speaks TLS to a store's trunk: operations, and questions over HTTP."""

import json
import os
import re
import select
import signal
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.cli import Cli, Terminal, end_of
from support.client import Client
from support.credentials import Authority, make_secret
from support.screen import Screen
from support.servers import Tcpstored, free_port, trunk_address

SECONDS = 30


@pytest.fixture
def start(tmp_path):
    servers = []

    def start(*flags):
        servers.append(Tcpstored(tmp_path, "--trunk", "127.0.0.1:0", *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.issue("both")


@pytest.fixture
def secret(tmp_path):
    return make_secret(tmp_path / "secret")


@pytest.fixture(params=["secret", "certificates"])
def flags(request, secret, authority, certificate):
    """What both ends are started with."""
    return ("--secret-file", secret) if request.param == "secret" else authority.flags(certificate)


@pytest.fixture
def open_terminal(tmp_path):
    opened = []

    def open_terminal(kind, *words):
        opened.append(kind(*words, home=tmp_path))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


def test_operations_with_tls(start, flags, tmp_path):
    cli = Cli(trunk_address(start(*flags)))
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 12000)
    assert cli(*flags, "set", "key", "value").status == 0
    assert cli(*flags, "get", "key").stdout == "value\n"
    assert cli(*flags, "--file", large, "set", "large").status == 0
    assert cli(*flags, "keys").stdout.split() == ["key", "large"]
    assert cli(*flags, "--timeout", "0.2", "wait", "missing").status == 4
    assert cli(*flags, "flush", "--yes").status == 0


def refusal(address, *flags):
    """The status and the message, which are the same over HTTP."""
    done, over_http = (Cli(address)(*flags, *words) for words in (["get", "key"], ["why"]))
    assert over_http.status == done.status
    assert without_times(over_http.stderr) == without_times(done.stderr)
    return done.status, done.stderr


def without_times(text):
    return re.sub(r"\d+ attempts? in \d+\.\d s", "", text)


@pytest.mark.parametrize("name, reason", [
    ("other", "it and this end have no credentials in common"),
    ("tcpstore", "it refuses the certificate or the secret of this end")])
def test_a_secret_that_the_store_does_not_have(start, secret, tmp_path, name, reason):
    store = start("--secret-file", secret)
    status, message = refusal(trunk_address(store), "--secret-file", make_secret(tmp_path / "other", name))
    assert status == 3 and f"with TLS: {reason}" in message
    assert "compare this --secret-file with the store's" in message and "relay-refused" in message
    store.log.wait_for("event=relay-refused", "secret")


def test_a_trunk_without_a_secret_or_certificate(start, flags):
    store = start(*flags)
    status, message = refusal(trunk_address(store))
    assert status == 3 and "--secret-file" in message and "--tls-cert" in message
    store.log.wait_for("event=relay-refused", "it does not speak TLS")


def test_a_port_without_a_store_is_not_taken_for_a_trunk():
    status, message = refusal(("127.0.0.1", free_port()))
    assert status == 3 and "connection refused" in message and "--secret-file" not in message


def test_a_store_of_another_authority(start, authority, certificate, tmp_path):
    store = start(*authority.flags(certificate))
    stranger = Authority(tmp_path, "stranger")
    status, message = refusal(trunk_address(store), *stranger.flags(stranger.issue("me")))
    assert status == 3 and "with TLS: its certificate is refused (unable to get local issuer" in message
    assert "--tls-ca" in message and "relay-refused" in message


def test_a_certificate_that_the_store_refuses(start, authority, certificate, tmp_path):
    store = start(*authority.flags(certificate))
    stranger = Authority(tmp_path, "stranger")
    own = stranger.issue("me")
    status, message = refusal(trunk_address(store), "--timeout", "1", "--tls-cert", own.certificate,
                              "--tls-key", own.key, "--tls-ca", authority.flags(certificate)[-1])
    assert status == 3 and "it refuses the certificate of this end" in message


def test_a_name_that_may_not_connect(start, authority, certificate):
    store = start(*authority.flags(certificate), "--trunk-allow", "node-*")
    status, message = refusal(trunk_address(store), *authority.flags(certificate))
    assert status == 3 and "closed by the server; its log may say why" in message
    assert "relay-refused" in message and "--trunk-allow" in message
    store.log.wait_for("event=relay-refused", "its name is not among those of --trunk-allow (both)")


def test_a_port_without_tls(start, secret):
    store = start("--secret-file", secret)
    status, message = refusal(store.address, "--secret-file", secret)
    assert status == 3 and "does it speak TLS on that port?" in message
    assert "-p PORT names the port of its --trunk" in message


def test_no_store(start, secret):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    status, message = refusal(address, "--secret-file", secret)
    assert status == 3 and "connection refused" in message


def test_files_that_are_wrong(start, secret):
    address = trunk_address(start("--secret-file", secret))
    assert f"secret-file {secret}x: No such file" in refusal(address, "--secret-file", f"{secret}x")[1]
    secret.chmod(0o604)
    assert "chmod o=" in refusal(address, "--secret-file", secret)[1]
    assert "tls-key is missing" in refusal(address, "--tls-cert", "x")[1]


# Over HTTP

def test_questions_and_changes_with_tls(start, flags):
    store = start(*flags, "--slow-wait", "1")
    client = Client(store.address)
    client.wait(b"/missing")
    cli = Cli(trunk_address(store))
    assert cli(*flags, "why", "--hang", "0").status == 1
    assert json.loads(cli(*flags, "stat", "--json").stdout)["clients"] == 1, "it counts as a client"
    assert "missing" in cli(*flags, "clients").stdout
    assert "WAIT" in cli(*flags, "trace").stdout
    assert int(cli(*flags, "stores", "open", "job").stdout) > 0
    assert cli(*flags, "why", "--store", "jobs").stderr.count("did you mean job?") == 1
    assert [line.split()[0] for line in cli(*flags, "stores").lines[1:]] == ["-", "job"]
    assert cli(*flags, "stores", "close", "job").status == 0
    client.leave()
    assert "the server exits" in cli(*flags, "drain").stdout + cli(*flags, "drain").stderr
    assert store.process.wait(SECONDS) == 0


def test_a_long_answer_with_tls_is_the_same(start, flags):
    store = start(*flags, "--record", "4M")
    client = Client(store.address)
    for number in range(20_000):
        client.set(b"/a-long-name-of-a-key-%d" % number, b"")
    client.settle()
    with_tls, without = (operations(Cli(trunk_address(store))(*flags, "trace")),
                         operations(Cli(store.address)("trace")))
    assert len(with_tls) > 20_000 and with_tls == without
    client.leave()


def operations(trace):
    """Without their times, which the server gives relative to now."""
    return [line.split(maxsplit=1)[1] for line in trace.lines]


def has_output(process):
    return select.select([process.stdout], [], [], 0.02)[0] != []


def test_monitor_with_tls(start, flags):
    store = start(*flags)
    client = Client(store.address)
    process = Cli(trunk_address(store)).start(*flags, "monitor", "--every", "0.1")
    number = 0
    while not has_output(process):
        client.set(b"/key-%d" % number, b"")
        client.settle()
        number += 1
    while b"SET" not in process.stdout.readline():  # it may have begun with a PING
        pass
    client.leave()
    store.stop()
    done = end_of(process)
    assert done.status == 3 and "no answer over HTTP: " in done.stderr


def test_top_with_tls_follows_the_store_until_it_stops(start, flags, open_terminal):
    store = start(*flags)
    screen = open_terminal(Screen, trunk_address(store), *flags, "top", "--every", "0.2")
    clients = []
    for number in range(3):
        screen.shows(f"^ NO HANG +{number} client")
        clients.append(Client(store.address))
    store.stop()
    screen.shows("^ no answer for .* s: connection refused")
    screen.type("q")
    assert screen.end() == 0


def test_http_names_a_listener_without_tls(start, flags):
    store = start(*flags)
    cli = Cli(trunk_address(store))
    assert cli(*flags, "--http", "%s:%d" % store.address, "why").status == 0


@contextmanager
def serving(authority, certificate, answer):
    """A server with TLS, whose connections `answer` serves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    context.set_alpn_protocols(["tcpstore"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def accept():
            while True:
                try:
                    answer(context.wrap_socket(listener.accept()[0], server_side=True))
                except OSError:
                    return
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)


def test_a_server_that_closes_in_mid_answer(authority, certificate):
    def answer(connection):
        with connection:
            request = connection.recv(1 << 16)
            length = 2 if b"/healthz" in request else 1000
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{}" % length)

    with serving(authority, certificate, answer) as address:
        done = Cli(address)(*authority.flags(certificate), "why")
        assert done.status == 3 and "no answer over HTTP: closed by the server" in done.stderr


def threads_of(process):
    return len(os.listdir(f"/proc/{process.pid}/task"))


def test_ctrl_c_ends_a_question_at_the_prompt(start, flags, open_terminal):
    store = start(*flags)
    prompt = open_terminal(Terminal, trunk_address(store), *flags)
    prompt.wait_for(r"127\.0\.0\.1:\d+> ")
    prompt.type("why\n")
    prompt.wait_for(r"(?s)none waits.*> ")
    threads = threads_of(prompt.process)
    store.process.send_signal(signal.SIGSTOP)
    prompt.interrupt_command("why", r"cancelled\r\n.*> ")
    assert threads_of(prompt.process) == threads
    store.process.send_signal(signal.SIGCONT)
    prompt.type("why\n")
    prompt.wait_for("none waits")
    prompt.type("quit\n")
    assert prompt.end() == 0


def local_listeners(process):
    """The names of the abstract sockets on which a process listens."""
    inodes = set()
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it is closed
            inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return [row[7][1:] for row in rows if len(row) == 8 and row[6] in inodes and row[3] == "00010000"]


def test_another_process_cannot_use_the_credentials(start, flags):
    store = start(*flags)
    process = Cli(trunk_address(store)).start(*flags, "stat", "--every", "0.1", "--json")
    process.stdout.readline()
    [name] = local_listeners(process)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect("\0" + name)
        with suppress(BrokenPipeError):
            stranger.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert stranger.recv(1) == b""
    for _ in range(3):
        json.loads(process.stdout.readline())
    process.terminate()
    assert end_of(process).stderr == ""
