"""`tcpstore-cli flush` deletes the keys that match, on any server."""

import json
import socket
import struct
import threading

import pytest

from support import wire
from support.cli import Cli
from support.servers import Tcpstored

DONE, NO, USAGE, UNREACHABLE = range(4)
FLIGHT = 8192  # keys


@pytest.fixture(params=["tcpstored", "torch"])
def cli(request, tmp_path):
    """The command line on an empty store."""
    if request.param == "torch":
        cli = Cli(request.getfixturevalue("torch_server").address)
        assert cli("flush", "--yes").status == DONE
        yield cli
        return
    server = Tcpstored(tmp_path)
    yield Cli(server.address)
    server.stop()


def keys_of(cli):
    return cli("keys").lines


def fill(cli, count):
    lines = "".join(f"set rank_{rank} v\n" for rank in range(count))
    assert cli(stdin=lines.encode()).status == DONE


def test_flush_deletes_all_keys_and_prints_how_many(cli):
    for key in ("one", "job/two", "raw:init/"):
        assert cli("set", key, "v").status == DONE
    done = cli("flush", "--yes")
    assert (done.status, done.stdout, done.stderr) == (DONE, "3\n", "")
    assert keys_of(cli) == []


def test_flush_of_all_keys_without_yes_exits_with_2_and_deletes_nothing(cli):
    """The keys of torchrun's agents and of other jobs are among them."""
    assert cli("set", "kept", "v").status == DONE
    for words in (("flush",), ("--raw-keys", "flush")):
        done = cli(*words)
        assert (done.status, done.stdout) == (USAGE, "")
        assert ("flush: without a GLOB it deletes all keys, those of running jobs, too; give a GLOB, "
                "--prefix NAME, or --yes\n") in done.stderr
    assert cli(stdin=b"flush\n").status == USAGE
    assert keys_of(cli) == ["kept"]
    assert cli("flush", "*").stdout == "1\n"


def test_flush_with_a_glob_deletes_what_keys_lists(cli):
    for key in ("rank_0", "rank_1", "job/rank_0", "*", r"new\nline"):
        assert cli("set", key, "v").status == DONE
    assert cli("flush", "rank_?").stdout == "2\n"
    assert cli("flush", r"\*").stdout == "1\n"
    assert cli("flush", r"new\n*").stdout == "1\n"
    assert keys_of(cli) == ["job/rank_0"]


def test_flush_with_a_prefix_leaves_the_keys_of_others(cli):
    for words in (("--prefix", "job", "set", "a", "v"), ("set", "a", "v"), ("set", "jobs", "v")):
        assert cli(*words).status == DONE
    assert cli("flush", "--prefix", "job").stdout == "1\n"
    assert keys_of(cli) == ["a", "jobs"]
    assert cli("--prefix", "job", "flush", "a").stdout == "0\n"
    assert keys_of(cli) == ["a", "jobs"]


def test_flush_deletes_more_keys_than_one_flight_holds(cli):
    fill(cli, FLIGHT + 1)
    assert json.loads(cli("flush", "--yes", "--json").stdout) == {"deleted": FLIGHT + 1}
    assert keys_of(cli) == []


def test_flush_of_nothing_prints_0(cli):
    assert (cli("flush", "--yes").status, cli("flush", "--yes").stdout) == (DONE, "0\n")


def test_flush_leaves_queues(shared):
    cli = Cli(shared.address)
    cli("push", "tasks", "one")
    cli("set", "key", "v")
    assert cli("flush", "--yes").stdout == "1\n"
    assert cli("qlen", "tasks").stdout == "1\n"


@pytest.mark.parametrize("glob, reason", [
    ("", "an empty argument, perhaps from an unset variable"),
    (r"a\b", "a backslash begins")])
def test_flush_with_a_wrong_glob_exits_with_2_and_deletes_nothing(shared, glob, reason):
    cli = Cli(shared.address)
    cli("set", "kept", "v")
    done = cli("flush", glob)
    assert (done.status, done.stdout) == (USAGE, "") and reason in done.stderr
    assert cli("get", "--now", "kept").status == DONE


def serve_one_flight(listener, keys):
    """Accepts a client, lists keys, and stops after the first flight of deletions."""
    client, _ = listener.accept()
    with client, listener:
        client.sendall(client.recv(10, socket.MSG_WAITALL)[6:])
        client.recv(1, socket.MSG_WAITALL)
        client.sendall(struct.pack("<Q", len(keys)) + b"".join(map(wire.blob, keys)))
        client.recv(FLIGHT * len(wire.delete_key(keys[0])), socket.MSG_WAITALL)
        client.sendall(struct.pack("<Q", 1) * FLIGHT)
        client.recv(1)


def test_flush_by_a_server_that_stops_says_how_many_are_deleted():
    keys = [b"/key-%05d" % number for number in range(FLIGHT + 1)]
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    thread = threading.Thread(target=serve_one_flight, args=(listener, keys), daemon=True)
    thread.start()
    done = Cli(address)("--timeout", "5", "flush", "--yes")
    thread.join(30)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert done.stderr.endswith("at least 8192 of 8193 keys are deleted; flush again for the rest\n")
