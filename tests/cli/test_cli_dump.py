"""`tcpstore-cli load` restores what `dump` printed, and names entries that the server refuses."""

import json
import random
import socket
import threading

import pytest

from support.cli import Cli
from support.servers import Tcpstored

DONE, NO, USAGE, UNREACHABLE = range(4)
MIB = 1 << 20
KEY_MAX, VALUE_MAX = 8 << 10, 8 * MIB  # on the wire, by default


@pytest.fixture
def small(tmp_path):
    """A server with limits of 100 bytes for keys and 1,000 for values."""
    server = Tcpstored(tmp_path, "--max-key-bytes", "100", "--max-value-bytes", "1000")
    yield Cli(server.address)
    server.stop()


def contents(other):
    return {name: other.get(name) for name in other.list_keys()}


def reload(cli, other):
    """Dumps the store, empties it, and loads the dump."""
    dumped = cli("dump")
    assert dumped.status == DONE
    for name in other.list_keys():
        other.delete_key(name)
    assert other.list_keys() == []
    return cli("load", stdin=dumped.bytes)


def set_in_pieces(other, name, value, piece=5 * MIB):
    other.set(name, value[:piece])
    for start in range(piece, len(value), piece):
        other.append(name, value[start:start + piece])


def test_load_of_a_dump_restores_values_of_all_sizes_and_keys_of_all_bytes(cli, other):
    noise = random.Random(1)
    stored = {b"/" + bytes([byte]) * 3: noise.randbytes(byte) for byte in range(256)}
    stored[b"/empty"] = b""
    stored[b"raw"] = b"\0"
    stored[b"/" + b"k" * (KEY_MAX - 1)] = b"longest key"
    stored[b"\xff" * KEY_MAX] = b"longest key, not UTF-8"
    for name, value in stored.items():
        other.set(name, value)
    other.settle()
    done = reload(cli, other)
    assert (done.status, done.stderr) == (DONE, f"keys stored: {len(stored)}\n")
    assert contents(other) == stored


@pytest.mark.parametrize("size", [VALUE_MAX - 1, VALUE_MAX, VALUE_MAX + 1, 10 * MIB,
                                  2 * VALUE_MAX, 2 * VALUE_MAX + 1])
def test_load_of_a_value_above_the_request_limit_stores_it_in_pieces(cli, other, size):
    value = random.Random(size).randbytes(1000) * (size // 1000 + 1)
    stored = {b"/a": b"before", b"/large": value[:size], b"/z": b"after"}
    for name, content in stored.items():
        set_in_pieces(other, name, content)
    other.settle()
    done = reload(cli, other)
    assert (done.status, done.stderr) == (DONE, "keys stored: 3\n")
    assert contents(other) == stored


def lines_of(*entries):
    return "".join(json.dumps({"key": key, "value": value}) + "\n"
                   for key, value in entries).encode()


@pytest.mark.parametrize("key, value, why", [
    ("big", "x" * 1001, "with a value of 1001 bytes"),
    ("k" * 100, "", "the server did not confirm " + "k" * 80 + "…, with a value of 0 bytes"),
])
def test_load_of_an_entry_that_the_server_refuses_names_its_line(small, tmp_path, key, value, why):
    path = tmp_path / "dump"
    path.write_bytes(lines_of(("a", "1"), ("b", "2"), (key, value), ("c", "3")))
    done = small("load", path)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert f"{path}:3: the server did not confirm {key[:80]}" in done.stderr and why in done.stderr
    assert done.stderr.endswith("keys stored: 2\n")
    assert small("keys").lines == ["a", "b"]


def test_load_of_a_refused_entry_in_a_later_flight_names_its_line(small, tmp_path):
    entries = [(f"k{number}", str(number)) for number in range(9000)]
    entries[7000] = ("big", "x" * 1001)
    path = tmp_path / "dump"
    path.write_bytes(lines_of(*entries))
    done = small("load", path)
    assert done.status == UNREACHABLE
    assert f"{path}:7001: the server did not confirm big" in done.stderr
    assert done.stderr.endswith("keys stored: 7000\n")
    assert small("nkeys").stdout == "7000\n"


def test_load_of_a_key_above_the_protocol_limit_names_its_line(cli, tmp_path):
    path = tmp_path / "dump"
    path.write_bytes(lines_of(("a", "1"), ("k" * 70000, "2"), ("b", "3")))
    done = cli("load", path)
    assert done.status == USAGE
    assert f"{path}:2: the server did not confirm kkk" in done.stderr
    assert "key too long" in done.stderr and done.stderr.endswith("keys stored: 1\n")


def serve_and_go(listener):
    """Accepts a client and stops at its first request."""
    client, _ = listener.accept()
    with client, listener:
        client.sendall(client.recv(10, socket.MSG_WAITALL)[6:])
        client.recv(1)


def test_load_to_a_server_that_stops_names_the_first_unconfirmed_line():
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    thread = threading.Thread(target=serve_and_go, args=(listener,), daemon=True)
    thread.start()
    done = Cli(address)("--timeout", "1", "load", stdin=lines_of(("a", "1"), ("b", "2")))
    thread.join(30)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "standard input:1: the server did not confirm a, with a value of 1 bytes" in done.stderr
    assert "refused" in done.stderr and done.stderr.endswith("keys stored: 0\n")


@pytest.mark.parametrize("words", [["set", "KEY", "v"], ["append", "KEY", "v"],
                                   ["push", "KEY", "v"], ["mset", "a", "b", "KEY", "v"]])
def test_a_write_of_a_key_above_the_limit_names_both(cli, words):
    key = "k" * 9001
    done = cli(*(key if word == "KEY" else word for word in words))
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert done.stderr.startswith(
        f"tcpstore-cli: {words[0]}: the server did not confirm {'k' * 80}…, with a value of 1 bytes")
    assert "the key has 9002 bytes; the default limit of servers is 8192" in done.stderr


@pytest.mark.parametrize("words", [["get"], ["get", "--now"], ["mget"], ["wait"], ["pop"]])
def test_a_read_of_a_key_above_the_limit_names_the_limit(cli, words):
    done = cli(*words, "k" * 9001)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert "the key has 9002 bytes; the default limit of servers is 8192" in done.stderr


def test_a_write_of_a_value_above_the_limit_names_the_key_and_the_limit(cli):
    done = cli("set", "k", "-", stdin=b"x" * (VALUE_MAX + 1))
    assert done.status == UNREACHABLE
    assert "set: the server did not confirm k, with a value of 8388609 bytes" in done.stderr
    assert "the value has 8388609 bytes; the default limit of servers is 8388608" in done.stderr
