"""`tcpstore-cli trace` prints a record of operations."""

import json
import re
import signal
import struct

import pytest

from support import wire
from support.cli import run_cli
from support.http import Http
from support.waiting import wait_until

USAGE = 2
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture
def server(start, tmp_path):
    server = start("--record", "64K", "--record-file", tmp_path / "record")
    server.file = tmp_path / "record"
    return server


@pytest.fixture
def trace(server):
    """Has the server write its record, and runs trace on it."""
    def trace(*flags):
        server.file.unlink(missing_ok=True)
        server.process.send_signal(signal.SIGUSR1)
        wait_until(server.file.exists)
        done = run_cli("trace", *flags, server.file)
        assert (done.status, done.stderr) == (0, "")
        return done.lines
    return trace


def without_time(lines):
    for line in lines:
        assert re.match(rf"{TIME} +\d+ \S", line), line
    return [re.sub(rf"^{TIME} +", "", line) for line in lines]


def test_each_operation_is_a_line(server, trace):
    client = server.connect()
    client.set(b"/k", b"value")
    client.multi_set((b"/a", b"1"), (b"/b", b"22"))
    client.send(wire.add(b"/n", -3))
    client.read(8)
    client.ping()
    assert without_time(trace())[1:] == [
        "1 VALIDATE", "1 SET         k, 5 bytes", "1 MULTI_SET   a and 1 more, 3 bytes",
        "1 ADD         n, -3", "1 PING"]


def test_clients_connect_wait_are_refused_and_leave(server, trace):
    waiting, wrong, leaving = server.connect(), server.connect(), server.connect()
    waiting.send(wire.wait([b"/missing"]))
    wrong.set(b"/text", b"none")
    wrong.send(wire.add(b"/text", 1))
    wrong.assert_closed()
    leaving.leave()
    lines = without_time(trace())
    assert f"1 connected from {waiting.name}" in lines
    assert "1 WAIT        missing, waits" in lines
    assert "2 ADD         text, 1, refused: stored value is not a decimal number" in lines
    assert "2 disconnected: stored value is not a decimal number" in lines
    assert "3 disconnected: closed by the client" in lines


def test_http_leaves_nothing_in_the_record(server, trace):
    assert Http(server.address).text("/healthz") == "ok\n"
    assert without_time(trace()) == []


def test_json_has_an_object_for_each_operation(server, trace):
    client = server.connect()
    client.set(b"/k", b"v" * 1000)
    client.ping()
    entries = [json.loads(line) for line in trace("--json")]
    assert [entry["number"] for entry in entries] == [1, 2, 3, 4]
    assert entries[0]["outcome"] == "connected" and entries[0]["peer"] == client.name
    assert re.fullmatch(TIME, entries[2].pop("time"))
    assert entries[2] == {
        "key": "k", "number": 3, "client": 1, "outcome": "executed", "operation": "SET",
        "value_bytes": 1000, "request_bytes": 1019}


def test_a_long_key_is_cut_and_a_long_list_has_its_first_key(server, trace):
    client = server.connect()
    client.set(b"/" + b"k" * 500, b"")
    client.send(wire.check([b"/key%d" % number for number in range(1000)]))
    client.read(1)
    first, second = [json.loads(line) for line in trace("--json")][2:]
    assert (first["key_bytes"], set(first["key"])) == (501, {"k"})
    assert (second["key"], second["keys"]) == ("key0", 1000)
    assert without_time(trace())[-1] == "1 CHECK       key0 and 999 more"


def test_flags_select_entries(server, trace):
    one, other = server.connect(), server.connect()
    for number in range(10):
        one.set(b"/job/%d" % number, b"")
    one.ping()
    other.set(b"/other", b"")
    other.ping()
    assert without_time(trace("--client", "2", "--key", "*")) == ["2 SET         other, 0 bytes"]
    assert without_time(trace("--key", "job/[89]")) == [
        "1 SET         job/8, 0 bytes", "1 SET         job/9, 0 bytes"]
    assert without_time(trace("--prefix", "job", "-n", "1")) == ["1 SET         9, 0 bytes"]
    assert without_time(trace("--raw-keys", "--key", "/o*")) == ["2 SET         /other, 0 bytes"]


def test_overwritten_entries_are_counted_on_stderr(server):
    client = server.connect()
    for number in range(5000):
        client.set(b"key %d" % number, b"")
    client.ping()
    server.process.send_signal(signal.SIGUSR1)
    server.log.wait_for("event=recorded")
    done = run_cli("trace", "--json", server.file)
    first = json.loads(done.lines[0])["number"]
    assert 1 < first < 5003
    assert f"earlier entries that were overwritten: {first - 1};" in done.stderr


@pytest.mark.parametrize("content, reason", [
    (b"", "not a record of tcpstored"),
    (b"something else, and longer than the head of a record of tcpstored", "not a record"),
    (b"tcpstore-record 1\n", "truncated"),
    (b"tcpstore-record 2\n".ljust(56, b"\0"), "another version"),
    (b"tcpstore-record 1\n".ljust(57, b"\0"), "malformed"),
])
def test_another_file_is_refused(tmp_path, content, reason):
    (tmp_path / "file").write_bytes(content)
    done = run_cli("trace", tmp_path / "file")
    assert (done.status, done.stdout) == (USAGE, "")
    assert f"{tmp_path / 'file'}: " in done.stderr and reason in done.stderr


def test_a_missing_file_is_refused(tmp_path):
    done = run_cli("trace", tmp_path / "none")
    assert done.status == USAGE and "No such file or directory" in done.stderr


def test_a_record_with_the_earliest_time_is_printed(tmp_path):
    text = b"10.0.0.1:4711"
    segment = struct.pack("<QIIIBBBx", 0, 1, len(text), 1, 3, 0, 0) + text
    head = struct.pack("<24sqQQQ", b"tcpstore-record 1\n", -2**63, 1, 0, len(segment))
    (tmp_path / "record").write_bytes(head + segment)
    done = run_cli("trace", tmp_path / "record")
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.endswith(" 1 connected from 10.0.0.1:4711\n")
