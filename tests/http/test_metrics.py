"""Prometheus's view of the server."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from support import wire
from support.client import Client
from support.servers import free_port
from support.tools import tool

SECONDS = 30


def check(text):
    """By promtool."""
    done = subprocess.run([tool("promtool"), "check", "metrics"], input=text,
                          capture_output=True, text=True, timeout=SECONDS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_promtool_finds_nothing_to_say(http, connect):
    client = connect()
    client.set("a", b"")
    client.get("a")
    connect().leave()
    check(http.text("/metrics"))


def test_operations_are_counted_and_measured(http, connect):
    client = connect()
    for number in range(200):
        client.set("a", b"x" * number)
        client.settle()
    client.settle()
    metrics = http.metrics()
    assert metrics['tcpstore_requests_total{operation="SET"}'] == 200
    assert metrics["tcpstore_keys"] == 1 and metrics["tcpstore_clients"] == 1
    assert metrics["tcpstore_received_bytes_total"] > 200 * 100
    duration = "tcpstore_request_duration_seconds"
    measured = {name: metrics[f'{duration}_count{{operation="{name}"}}']
                for name in ("SET", "PING", "GET")
                if f'{duration}_count{{operation="{name}"}}' in metrics}
    assert sum(measured.values()) >= 200 // 128
    for name, count in measured.items():
        assert metrics[f'{duration}_bucket{{operation="{name}",le="+Inf"}}'] == count


def test_an_operation_that_was_not_measured_has_no_histogram(http):
    assert "QUEUE_POP" in http.text("/metrics")
    assert 'seconds_count{operation="QUEUE_POP"}' not in http.text("/metrics")


def test_an_unknown_operation_after_others_in_a_read_is_not_measured(http, connect):
    client = connect(validate=False)
    client.socket.sendall(wire.validate() + b"\xff")
    assert client.socket.recv(1) == b""
    measured = {name: value for name, value in http.metrics().items()
                if name.startswith("tcpstore_request_duration_seconds_count") and value > 0}
    assert measured == {'tcpstore_request_duration_seconds_count{operation="VALIDATE"}': 1}


def test_waits_are_counted_and_measured(start):
    from support.client import Client
    from support.http import Http

    server = start("--slow-wait", "0.1")
    http = Http(server.address)
    waiter, setter = Client(server.address), Client(server.address)
    waiter.wait("a")
    http.wait_until("/v1/stat", lambda stat: stat["waiting"] == 1)
    assert http.metrics()["tcpstore_waiting_clients"] == 1
    assert http.metrics()["tcpstore_oldest_wait_seconds"] >= 0
    setter.set("a", b"")
    waiter.assert_released()
    assert http.metrics()["tcpstore_wait_duration_seconds_count"] == 1
    http.wait_until("/v1/stat", lambda stat: stat["waiting"] == 0)
    waiter.close()
    setter.close()


def test_clients_are_counted_by_the_reason_of_their_end(http, connect):
    connect().leave()
    connect(validate=False).socket.sendall(b"\x01")
    name = "tcpstore_clients_closed_total"
    end = time.monotonic() + SECONDS
    while True:
        closed = {key: value for key, value in http.metrics().items() if key.startswith(name)}
        if len(closed) == 2:
            break
        assert time.monotonic() < end, closed
    assert closed[f'{name}{{reason="closed by the client"}}'] == 1
    assert any("VALIDATE" in key for key in closed)
    assert http.metrics()["tcpstore_clients_accepted_total"] == 2


def test_a_connection_that_turns_out_to_be_http_lowers_no_counter(server, http):
    name = "tcpstore_clients_accepted_total"
    with socket.create_connection(server.address, SECONDS) as connection:
        before = http.metrics()[name]
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while connection.recv(1 << 16):
            pass
    assert http.metrics()[name] >= before


def test_connections_that_the_kernel_drops_are_counted(http):
    assert http.metrics()["tcpstore_accept_queue_overflows_total"] == 0


class Prometheus:
    def __init__(self, folder, target):
        self.port = free_port()
        config = folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 100ms}\n"
                          "scrape_configs: [{job_name: tcpstore, static_configs: "
                          f"[{{targets: ['{target[0]}:{target[1]}']}}]}}]\n")
        self.process = subprocess.Popen(
            [tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"])

    def query(self, expression):
        """The value of the first sample, or None."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query?query={expression}"
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                result = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(result[0]["value"][1]) if result else None

    def wait_for(self, expression, value):
        end = time.monotonic() + SECONDS
        while (found := self.query(expression)) != value:
            assert self.process.poll() is None and time.monotonic() < end, (expression, found)
            time.sleep(0.1) # between polls of Prometheus, which cannot be waited for

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS)


def test_a_prometheus_server_scrapes_it(server, http, connect, tmp_path):
    prometheus = Prometheus(tmp_path, server.address)
    try:
        clients = [connect() for _ in range(3)]
        clients[0].set("a", b"")
        clients[0].settle()
        prometheus.wait_for("up", 1)
        prometheus.wait_for("tcpstore_clients", 3)
        prometheus.wait_for('tcpstore_requests_total{operation="SET"}', 1)
        clients[1].leave()
        prometheus.wait_for("tcpstore_clients", 2)
    finally:
        prometheus.stop()


def test_stores_with_names_have_series_of_their_own(http, connect):
    client = Client(http.open_store("job-1"), timeout=20)
    client.set("key", b"value")
    client.ping()
    metrics = http.metrics()
    assert metrics["tcpstore_stores"] == 2
    assert metrics["tcpstore_keys"] == 0 and metrics['tcpstore_keys{store="job-1"}'] == 1
    assert metrics['tcpstore_clients{store="job-1"}'] == 1
    assert metrics['tcpstore_requests_total{operation="SET",store="job-1"}'] == 1
    assert 'tcpstore_requests_total{operation="GET",store="job-1"}' not in metrics
    check(http.text("/metrics"))
    client.close()


def test_what_clients_of_a_store_did_is_told(http, connect):
    address = http.open_store("job")
    refused, waiting = (Client(address, timeout=SECONDS) for _ in range(2))
    waiting.wait("key")
    http.wait_until("/v1/waits?store=job", lambda waits: waits["total"] == 1)
    refused.set("text", b"not a number")
    refused.set("key", b"")
    refused.send(wire.add("text", 1))
    refused.assert_closed()
    waiting.read_u8()
    metrics = http.metrics()
    closed = [name for name in metrics if name.startswith("tcpstore_clients_closed_total")]
    assert len(closed) == 1 and "decimal number" in closed[0] and ',store="job"' in closed[0]
    assert metrics["tcpstore_wait_duration_seconds_count"] == 1
    assert metrics['tcpstore_accept_queue_overflows_total{store="job"}'] == 0
    waiting.close()
    check(http.text("/metrics"))
    http.close_store("job")
    assert http.metrics()["tcpstore_wait_duration_seconds_count"] == 1  # no counter falls
