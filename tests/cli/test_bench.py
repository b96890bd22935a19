"""`tcpstore-bench` with a server, without one, and with something else."""

import contextlib
import itertools
import json
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support.client import Client
from support.servers import Tcpstored, tcpstored_program

VALIDATE_SIZE = PING_SIZE = 5

SCENARIOS = {
    "get": (), "set": (), "add": (), "check": (), "ping": (), "set-stream": (),
    "multi-get": (), "multi-set": (), "large": ("--value-size", "1M"),
    "init": ("--clients", 20), "fan-out": ("--clients", 20), "cancel-storm": ("--clients", 20),
    "drop-storm": ("--clients", 20), "trickle": ("--keys", 500), "growth": ("--keys", 4000),
    "watchdog": ("--clients", 20), "memory": ("--clients", 20, "--keys", 1000),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Tcpstored(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


def program():
    return tcpstored_program().parent / "tcpstore-bench"


def run(*flags):
    return subprocess.run([program(), *map(str, flags)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=100)


def measure(server, scenario, *flags):
    done = run("--port", server.address[1], "--scenario", scenario, "--seconds", 0.1,
               "--server-pid", server.process.pid, "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_h_prints_the_same_as_help():
    assert run("-h").stdout == run("--help").stdout
    assert run("-h").returncode == 0


def test_sources_are_addresses_that_clients_connect_from_in_turn(tmp_path):
    running = Tcpstored(tmp_path, "--log-level", "debug")
    measure(running, "fan-out", "--clients", 6, "--sources", 3)
    running.stop()
    peers = [re.search(r"client=(\S+):", line)[1]
             for line in running.log.lines_with("event=client-accepted")]
    assert [peers.count(f"127.0.0.{last}") for last in (2, 3, 4, 5)] == [2, 2, 2, 0]


def test_sources_are_refused_for_a_server_elsewhere():
    done = run("--scenario", "get", "--host", "192.0.2.1", "--sources", 2)
    assert done.returncode == 1
    assert done.stderr == ("tcpstore-bench: --sources: only for a server on 127.0.0.0/8, "
                           "not on 192.0.2.1\n")


def test_help_lists_every_scenario():
    listed = [line.split(":")[0].strip() for line in run("--help").stdout.splitlines()
              if line.startswith("  ") and not line.startswith("  -") and ":" in line]
    assert set(SCENARIOS) == set(listed[:len(SCENARIOS)])


COUNTS = {"clients", "pipeline", "keys", "value_bytes", "rate_per_second", "operations", "rounds",
          "segments", "server_rss_bytes", "server_peak_rss_bytes"}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_reports_its_figures(server, scenario):
    found = measure(server, scenario, *SCENARIOS[scenario])
    assert {name for name, value in found.items() if type(value) is int} == COUNTS & set(found)
    assert found["scenario"] == scenario
    figures = {"memory": "server_rss_bytes", "cancel-storm": "ping_seconds",
               "drop-storm": "ping_seconds", "init": "seconds", "fan-out": "seconds",
               "trickle": "seconds"}
    assert found[figures.get(scenario, "ops_per_second")] > 0


def peak_memory_of(process):
    """Bytes, as last reported by the kernel before the process exits."""
    peak = 0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = max(peak, int(found[1]) * 1024 if found else 0)
        time.sleep(0.005)
    return peak


@pytest.mark.parametrize("flags", [
    ("--scenario", "set", "--keys", 64, "--value-size", "2M"),
    ("--scenario", "set-stream", "--keys", 64, "--value-size", "2M"),
    ("--scenario", "multi-set", "--clients", 1, "--value-size", "128K"),
    ("--scenario", "multi-get", "--clients", 1, "--value-size", "128K"),
])
def test_requests_with_a_large_value_share_one_copy(server, flags):
    """The requests carry 125 MiB of values or more, and are all made before the start."""
    process = subprocess.Popen(
        [program(), "--port", str(server.address[1]), "--seconds", "0.5", *map(str, flags)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = peak_memory_of(process)
    assert process.wait() == 0, process.stderr.read()
    process.stderr.close()
    assert 0 < peak < 100 << 20


@pytest.mark.parametrize("scenario, keys, size", [
    ("set", 3, 70001), ("set-stream", 3, 70002), ("multi-set", 1000, 2049),
])
def test_a_large_value_is_stored_unchanged(server, scenario, keys, size):
    measure(server, scenario, "--keys", keys, "--value-size", size, "--pipeline", 2)
    with contextlib.closing(Client(server.address)) as client:
        values = {client.get(f"/tcpstore-bench/{index:016}") for index in range(keys)}
    assert values == {bytes(ord("a") + index % 26 for index in range(size))}


def test_latency_percentiles_are_in_order(server):
    found = measure(server, "get", "--pipeline", 4)
    names = ["p50", "p90", "p99", "p99_9", "p99_99", "max"]
    values = [found[f"latency_{name}_us"] for name in names]
    assert values == sorted(values) and values[0] > 0


def test_without_json_a_table_is_printed(server):
    done = run("--port", server.address[1], "--scenario", "ping", "--seconds", 0.1)
    assert done.returncode == 0
    assert done.stdout.startswith("ping\n")
    assert any(line.split()[0] == "ops_per_second" for line in done.stdout.splitlines())


def stall_once(listener, after, seconds):
    """Serves VALIDATE and PING to one client, and stalls once."""
    client, _ = listener.accept()
    with client, contextlib.suppress(ConnectionResetError):
        client.recv(VALIDATE_SIZE, socket.MSG_WAITALL)
        for number in itertools.count():
            ping = client.recv(PING_SIZE, socket.MSG_WAITALL)
            if not ping:
                return
            if number == after:
                time.sleep(seconds)
            client.sendall(ping[1:])


def test_with_a_rate_a_stall_counts_for_every_operation_that_it_delays():
    """The server stalls for half of the time: of 100 operations per second, each scheduled by
    itself, more than a tenth are late by 0.1 s or more, although only one was in flight."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=stall_once, args=(listener, 60, 1))
        thread.start()
        done = run("--port", listener.getsockname()[1], "--scenario", "ping", "--bare",
                   "--clients", 1, "--rate", 100, "--seconds", 2, "--json")
        thread.join()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["latency_p90_us"] > 100000


def test_a_refused_connection_exits_with_the_next_step():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        done = run("--port", port, "--scenario", "get")
    assert done.returncode == 1
    assert f"cannot connect to 127.0.0.1, port {port}: Connection refused; is the server" in (
        done.stderr)


def test_an_http_server_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            client, _ = listener.accept()
            with client:
                client.recv(100)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        done = run("--port", listener.getsockname()[1], "--scenario", "ping", "--timeout", 5)
        thread.join()
    assert done.returncode == 1
    assert done.stderr.startswith("tcpstore-bench: ")


@pytest.mark.parametrize("scenario, missing", [
    ("get", "sent nothing"), ("large", "read nothing"), ("trickle", "read nothing")])
def test_a_stalled_server_is_reported_as_the_cause(scenario, missing):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = run("--port", listener.getsockname()[1], "--scenario", scenario, "--timeout", 0.1)
    assert done.returncode == 1
    assert done.stderr == (f"tcpstore-bench: the server has {missing} in time; see its log, or "
                           "raise --timeout\n")


def test_a_missing_scenario_is_refused_without_connecting():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = run("--port", listener.getsockname()[1])
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert done.returncode == 2 and done.stdout == ""
    assert "--scenario: required" in done.stderr
    assert "usage: tcpstore-bench [--host HOST] [--port PORT] (--scenario NAME | " in done.stderr


def test_memory_without_a_server_pid_is_refused_with_the_missing_flag():
    done = run("--scenario", "memory")
    assert done.returncode == 2
    assert "--scenario memory: needs --server-pid PID" in done.stderr


@pytest.mark.parametrize("flags", [("--scenario", "nothing"), ("--pipeline", 0), ("extra",)])
def test_a_wrong_command_line_is_refused(flags):
    done = run(*flags)
    assert done.returncode == 2
    assert str(flags[-1]) in done.stderr


def test_an_unknown_scenario_is_refused_with_the_valid_names():
    done = run("--scenario", "nothing")
    _, _, expected = done.stderr.partition("expected ")
    assert set(expected.replace(",", "").split()) - {"or"} >= set(SCENARIOS)
