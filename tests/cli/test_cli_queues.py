"""`tcpstore-cli` distinguishes queues and keys; the protocol's CHECK and WAIT do not."""

import json
import socket
import threading

import pytest

from support import wire
from support.cli import Cli, end_of

DONE, NO = 0, 1
USE_POP = "q is a queue with 1 entry; use pop or qlen\n"


@pytest.fixture
def queue(other):
    """A queue "q" with an entry, and keys "k" and "empty"."""
    other.set("/k", "value")
    other.set("/empty", "")
    other.queue_push("/q", "entry")
    other.settle()


@pytest.mark.parametrize("flags", [[], ["--now"], ["--json"]], ids=str)
def test_get_of_a_queue_exits_with_1(cli, queue, flags):
    done = cli("get", *flags, "q")
    assert (done.status, done.stdout, done.stderr) == (NO, "", "tcpstore-cli: " + USE_POP)


def test_get_that_a_push_satisfies_exits_with_1(cli, other):
    process = cli.start("get", "q")
    other.queue_push("/q", "entry")
    done = end_of(process)
    assert (done.status, done.stdout, done.stderr) == (NO, "", "tcpstore-cli: " + USE_POP)


def test_get_of_an_empty_value_prints_an_empty_line(cli, queue):
    done = cli("get", "empty")
    assert (done.status, done.stdout, done.stderr) == (DONE, "\n", "")


def test_a_key_with_the_name_of_a_queue_is_read(cli, queue, other):
    other.queue_push("/k", "entry")
    other.settle()
    assert cli("get", "k").stdout == "value\n"
    assert cli("mget", "k", "empty").lines == ["value", ""]
    assert cli("check", "k").stdout == "there    k\n"
    assert cli("wait", "k").stderr == ""


@pytest.mark.parametrize("flags", [[], ["--now"]], ids=str)
def test_mget_of_queues_names_each_and_prints_no_value(cli, queue, other, flags):
    other.queue_push("/r", "one")
    other.queue_push("/r", "two")
    other.settle()
    done = cli("mget", *flags, "k", "q", "empty", "r")
    assert (done.status, done.stdout) == (NO, "")
    assert done.stderr == (f"tcpstore-cli: {USE_POP}"
                           "tcpstore-cli: r is a queue with 2 entries; use pop or qlen\n")


def test_check_of_a_queue_shows_a_queue(cli, queue):
    done = cli("check", "k", "q", "empty")
    assert (done.status, done.lines) == (DONE, ["there    k", "queue    q", "there    empty"])
    done = cli("--json", "check", "k", "q", "none")
    assert done.status == NO
    assert [json.loads(line) for line in done.lines] == [
        {"key": "k", "there": True}, {"key": "q", "there": True, "queue": 1},
        {"key": "none", "there": False}]


def test_wait_for_a_queue_reports_it(cli, queue):
    done = cli("wait", "k", "q")
    assert (done.status, done.stderr) == (DONE, "tcpstore-cli: " + USE_POP)


def test_del_of_a_queue_exits_with_1_and_keeps_it(cli, queue):
    done = cli("del", "q", "none", "k")
    assert done.status == NO
    assert done.stderr.splitlines()[0] == "tcpstore-cli: " + USE_POP[:-1]
    assert done.stderr.splitlines()[1].startswith("tcpstore-cli: none does not exist")
    assert cli("qlen", "q").stdout == "1\n"


def test_keys_and_dump_list_no_queues(cli, queue):
    assert cli("keys", "--sizes").lines == ["         0  empty", "         5  k"]
    assert [json.loads(line)["key"] for line in cli("dump").lines] == ["empty", "k"]


def test_pop_now_of_an_empty_queue_exits_with_1_and_names_qlen(cli):
    done = cli("pop", "--now", "q")
    assert (done.status, done.stdout) == (NO, "")
    assert "q: the queue is empty" in done.stderr and "qlen" in done.stderr
    assert "keys" not in done.stderr


@pytest.mark.parametrize("flags", [[], ["--now"]], ids=str)
def test_pop_of_a_key_exits_with_1(cli, queue, flags):
    for name in ("k", "empty"):
        done = cli("pop", *flags, name)
        assert (done.status, done.stdout) == (NO, "")
        assert done.stderr == f"tcpstore-cli: {name} is a key, not a queue; use get\n"


# Servers without queues

def receive(client, *requests):
    whole = b"".join(requests)
    assert client.recv(len(whole), socket.MSG_WAITALL) == whole


def serve_without_queues(listener, first_connection):
    """Closes the connection at a request for a queue, as at any unknown opcode."""
    client, _ = listener.accept()
    with client:
        client.sendall(client.recv(10, socket.MSG_WAITALL)[6:])
        first_connection(client)
        receive(client, wire.queue_len("/k"))
    client, _ = listener.accept()
    with client:
        client.sendall(client.recv(10, socket.MSG_WAITALL)[6:])
        client.recv(1)


def answer_get(client):
    receive(client, wire.check(["/k"]), wire.get("/k"))
    client.sendall(b"\0" + wire.blob(""))


def answer_check(client):
    receive(client, wire.check(["/k"]))
    client.sendall(b"\0")


@pytest.mark.parametrize("words, first_connection, printed", [
    (["get", "k"], answer_get, "\n"),
    (["check", "k"], answer_check, "there    k\n"),
])
def test_a_server_without_queues_is_read_as_having_none(words, first_connection, printed):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_without_queues, daemon=True,
                                  args=(listener, first_connection))
        thread.start()
        done = Cli(listener.getsockname())(*words)
        thread.join(30)
    assert (done.status, done.stdout, done.stderr) == (DONE, printed, "")
