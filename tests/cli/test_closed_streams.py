"""Programs started with closed standard streams, as by `>&-` or a careless supervisor.

No socket may get the number of such a stream: the server would execute the program's output as
requests."""

import os
import socket
import subprocess
import threading

import pytest

from support import wire
from support.cli import command
from support.client import Client
from support.servers import SANITIZER_REPORTS, Tcpstored, example_program, tcpstored_program

DONE, USAGE, TIMED_OUT, FAILED = 0, 2, 4, 5
STREAMS = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}


def without(streams, words):
    script = 'exec "$@" ' + " ".join(STREAMS[stream] for stream in streams)
    return ["sh", "-c", script, "sh", *map(str, words)]


def run_without(streams, words):
    """Runs the program with these streams closed."""
    done = subprocess.run(without(streams, words), capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    assert not any(report.encode() in done.stderr for report in SANITIZER_REPORTS), done.stderr
    return done


def bench_program():
    return tcpstored_program().parent / "tcpstore-bench"


@pytest.fixture
def store(fresh_server):
    client = Client(fresh_server.address)
    yield client
    client.close()


@pytest.fixture
def cli(fresh_server):
    return lambda streams, *words: run_without(streams, command(fresh_server.address, *words))


def test_get_without_stdout_fails_and_sends_no_output_to_the_server(cli, store):
    store.set("/set", wire.set_value("/hi", "X"))
    store.settle()
    done = cli(["stdout"], "--raw", "get", "set")
    assert done.returncode == FAILED and b"cannot write to stdout" in done.stderr
    assert store.list_keys() == [b"/set"]


def test_an_error_without_stderr_sends_no_message_to_the_server(tmp_path):
    server = Tcpstored(tmp_path)
    done = run_without(["stderr"], command(server.address, "--timeout", "0.1", "get", "nothing"))
    server.stop()
    assert done.returncode == TIMED_OUT
    assert "client-closed" not in server.log.whole()


def test_a_command_without_output_succeeds_without_streams(cli, store):
    assert cli(["stdin", "stdout", "stderr"], "set", "k", "v").returncode == DONE
    assert store.get("/k") == b"v"


@pytest.mark.parametrize("words", [("set", "k", "-"), ("load",), ("load", "-")], ids=" ".join)
def test_a_value_from_a_closed_stdin_is_refused(cli, store, words):
    done = cli(["stdin"], *words)
    assert done.returncode == USAGE
    assert b"standard input: cannot read" in done.stderr
    assert store.list_keys() == []


def answer_wrongly(listener, received):
    """Answers the first PING with a wrong number, and keeps everything received after it."""
    client, _ = listener.accept()
    with client:
        hello = wire.validate() + wire.ping(1)
        assert len(client.recv(len(hello), socket.MSG_WAITALL)) == len(hello)
        client.sendall(wire.u32(7))
        while piece := client.recv(1 << 16):
            received.append(piece)


def test_an_error_of_the_benchmark_without_stderr_sends_no_message_to_the_server():
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_wrongly, args=(listener, received))
        thread.start()
        done = run_without(["stderr"], [bench_program(), "--scenario", "get", "--port",
                                        listener.getsockname()[1]])
        thread.join()
    assert done.returncode == 1
    assert b"tcpstore-bench: " not in b"".join(received)


def test_the_benchmark_without_stdout_fails(fresh_server):
    words = [bench_program(), "--port", fresh_server.address[1], "--scenario", "ping",
             "--seconds", "0.1"]
    done = run_without(["stdin", "stdout"], words)
    assert done.returncode == 1 and b"cannot write to stdout" in done.stderr


@pytest.mark.parametrize("program", ["tcpstored", "tcpstore-cli", "tcpstore-bench"])
def test_help_without_stdout_fails(program):
    done = run_without(["stdout"], [tcpstored_program().parent / program, "--help"])
    assert done.returncode != DONE and b"cannot write to stdout" in done.stderr


def test_tcpstored_serves_without_any_standard_stream(tmp_path):
    server = Tcpstored(tmp_path, before=without(STREAMS, []))
    client = Client(server.address)
    client.set("/k", "v")
    assert client.get("/k") == b"v"
    opened = {os.readlink(f"/proc/{server.process.pid}/fd/{number}") for number in range(3)}
    assert not any(name.startswith(("socket:", "anon_inode:")) for name in opened)
    client.close()
    server.stop()


@pytest.mark.parametrize("streams", [["stdin"], ["stdout"], ["stderr"], [*STREAMS]], ids=" ".join)
def test_the_embedded_server_runs_without_standard_streams(streams):
    """The libraries leave closed streams closed, and use none of their numbers for sockets or the
    loop."""
    assert run_without(streams, [example_program("embedded_server")]).returncode == DONE
