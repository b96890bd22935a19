"""`tcpstore-bench --replay` plays a record of operations to tcpstored and to PyTorch's server."""

import importlib.util
import json
import signal
import subprocess
import time

import pytest

from support import wire
from support.client import Client
from support.servers import Tcpstored, TorchServer, program

SECONDS = 60
NAMES = {"scenario", "clients", "operations", "shortened", "left_out", "waiting",
         "closed_by_server", "seconds", "ops_per_second", "generator_cpu_percent"}


def replay(file, address, *flags):
    return subprocess.run(
        [program("tcpstore-bench"), "--port", str(address[1]), "--replay", file, "--json",
         *map(str, flags)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)


def figures(done):
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture
def record(start, tmp_path):
    """A server that is recorded; call it to get the file."""
    server = start("--record-file", tmp_path / "record")

    def end():
        server.process.send_signal(signal.SIGUSR1)
        server.log.wait_for("event=recorded")
        assert server.end_by(signal.SIGTERM) == 0
        return tmp_path / "record"
    server.end = end
    return server


@pytest.fixture(params=["tcpstored", "torch"])
def target(request, tmp_path):
    """A fresh server to play to."""
    if request.param == "torch" and importlib.util.find_spec("torch") is None:
        pytest.skip("needs PyTorch")
    (tmp_path / "target").mkdir()
    server = Tcpstored(tmp_path / "target") if request.param == "tcpstored" else TorchServer()
    yield server
    server.stop()


def client_of(server):
    return Client(server.address, timeout=20)


def test_all_operations_are_played_in_order(record, target):
    client = record.connect()
    client.set(b"/value", b"secret")
    client.set(b"/long", b"v" * 5000)
    client.multi_set((b"/a", b"1"), (b"/b", b"22"))
    client.send(wire.add(b"/count", 3), wire.add(b"/count", 4), wire.add(b"/value", 2))
    client.close()
    ping_all(record)
    found = figures(replay(record.end(), target.address))
    assert set(found) == NAMES
    assert (found["scenario"], found["clients"], found["waiting"]) == ("replay", 2, 0)
    assert (found["left_out"], found["closed_by_server"]) == (1, 0)  # the ADD to "secret"
    other = client_of(target)
    assert other.get(b"/count") == b"7"
    assert other.get(b"/value") == b"0....."
    assert len(other.get(b"/long")) == 5000
    assert (other.get(b"/a"), other.get(b"/b")) == (b"0", b"0.")


def ping_all(server):
    server.connect().ping()


def test_clients_release_each_other(record, target):
    waiting, barrier, other = record.connect(), record.connect(), record.connect()
    waiting.send(wire.wait([b"/go"]))
    barrier.send(wire.barrier(b"/all", 2))
    other.ping()
    other.set(b"/go", b"")
    assert waiting.read(1) == b"\0"
    waiting.send(wire.barrier(b"/all", 2))
    assert waiting.read(1) == barrier.read(1) == b"\0"
    waiting.set(b"/after", b"1")
    waiting.ping()
    found = figures(replay(record.end(), target.address))
    assert (found["waiting"], found["left_out"], found["closed_by_server"]) == (0, 0, 0)
    assert client_of(target).get(b"/after") == b"0"


def test_a_wait_that_never_ends_holds_up_no_other_client(record, target):
    stuck, other = record.connect(), record.connect()
    stuck.send(wire.wait([b"/never"]))
    for number in range(100):
        other.send(wire.add(b"/count", 1))
        other.read(8)
    found = figures(replay(record.end(), target.address, "--timeout", 20))
    assert (found["waiting"], found["operations"]) == (1, 101)
    assert client_of(target).get(b"/count") == b"100"


def test_a_wait_that_is_cancelled_is_cancelled_again(record, target):
    client = record.connect()
    for _ in range(3):
        client.send(wire.wait([b"/never"]))
        client.send(wire.cancel_wait())
        assert client.read(1) == b"\1"
    client.ping()
    found = figures(replay(record.end(), target.address))
    assert (found["waiting"], found["left_out"], found["operations"]) == (0, 0, 7)


def test_a_long_list_is_shortened(record, target):
    client = record.connect()
    client.multi_set(*((b"/key %d" % number, b"v" * 10) for number in range(100)))
    client.send(wire.multi_get([b"/key %d" % number for number in range(100)]))
    client.read(100 * 18)
    found = figures(replay(record.end(), target.address))
    assert (found["shortened"], found["operations"], found["closed_by_server"]) == (2, 2, 0)
    assert client_of(target).get(b"/key 0") == b"0........."


def test_a_client_that_leaves_while_it_waits_leaves_again(record, target):
    leaving = record.connect()
    leaving.send(wire.wait([b"/never"]))
    leaving.close()
    ping_all(record)
    found = figures(replay(record.end(), target.address))
    assert (found["waiting"], found["clients"]) == (0, 2)


def test_speed_keeps_the_times_of_the_record(record, target):
    client = record.connect()
    client.ping()
    time.sleep(0.4)
    client.ping()
    file = record.end()
    assert figures(replay(file, target.address))["seconds"] < 0.3
    assert 0.35 < figures(replay(file, target.address, "--speed", 1))["seconds"]
    assert 0.15 < figures(replay(file, target.address, "--speed", 2))["seconds"] < 0.4


def test_a_replay_that_takes_longer_than_timeout_fails(record, target):
    client = record.connect()
    client.ping()
    time.sleep(0.6)
    client.ping()
    done = replay(record.end(), target.address, "--speed", 1, "--timeout", 0.2)
    assert (done.returncode, done.stdout) == (1, "")
    assert "--replay: not done after" in done.stderr and "raise --timeout" in done.stderr


def test_a_file_that_is_no_record_is_refused(tmp_path):
    (tmp_path / "file").write_text("something else")
    done = replay(tmp_path / "file", ("127.0.0.1", 1))
    assert done.returncode == 1
    assert done.stderr.endswith("file: not a record of tcpstored\n")


def test_replay_and_a_scenario_cannot_be_combined(tmp_path):
    done = replay(tmp_path / "file", ("127.0.0.1", 1), "--scenario", "get")
    assert done.returncode == 2
    assert "--replay: cannot be combined with --scenario" in done.stderr
