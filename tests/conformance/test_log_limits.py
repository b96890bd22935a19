"""Clients cannot flood the log: lines are limited by kind and network, and all events counted."""

import re
import time

import pytest

from support import wire
from support.client import Client
from support.hosts import RESERVED_SLOTS

pytestmark = pytest.mark.tcpstored

BURST = 10
FLOOD = 100


def flood(server, source="127.0.0.9", count=FLOOD, request=b"garbage"):
    """Connects clients that the server closes, one after another. Returns their names."""
    names = []
    for _ in range(count):
        client = Client(server.address, validate=False, source=source)
        client.send(request)
        client.assert_closed()
        client.close()
        names.append(client.name)
    return names


def accounted(lines):
    """How many events the lines report."""
    written = sum("event=log-suppressed" not in line for line in lines)
    return written + sum(int(number) for line in lines
                         for number in re.findall(r" suppressed=(\d+) ", line))


def stop(server):
    server.stop()
    return server.log.whole().splitlines()


def assert_limited(lines, event, count=FLOOD):
    """Few lines were written, and they count every event."""
    found = [line for line in lines
             if f"event={event} " in line or f"event=log-suppressed kind={event} " in line]
    assert BURST <= len(found) <= BURST + 5
    assert accounted(found) == count


def test_a_flood_of_garbage_writes_ten_lines_and_a_count(tcpstored):
    server, _ = tcpstored()
    names = flood(server)
    lines = stop(server)
    assert_limited(lines, "client-closed")
    for name in names[:BURST]:
        assert any(f"client={name} " in line for line in lines)
    summary = next(line for line in lines if "event=log-suppressed" in line)
    assert "level=warn" in summary and " network=127.0.0.0/24 " in summary
    assert summary.endswith('reason="first operation is not VALIDATE"')


def test_a_flood_of_clients_on_a_full_server_writes_ten_lines_and_a_count(tcpstored):
    server, connect = tcpstored("--max-clients", "1")
    for _ in range(1 + RESERVED_SLOTS):
        connect().ping()
    flood(server, request=b"")
    assert_limited(stop(server), "client-refused")


def test_a_flood_from_a_host_that_is_not_allowed_writes_ten_lines_and_a_count(tcpstored):
    server, _ = tcpstored("--allow", "127.0.0.1")
    names = flood(server, source="127.0.0.2", request=b"")
    line = server.log.wait_for("event=client-refused ", f"client={names[0]} ")
    assert "level=warn" in line and "not in a network that is allowed" in line
    assert_limited(stop(server), "client-refused")


def test_a_flood_does_not_limit_lines_of_other_kinds_and_networks(tcpstored):
    server, _ = tcpstored()
    flood(server)
    other_kind = flood(server, count=1, request=wire.validate() + b"\xff")
    other_network = flood(server, source="127.0.1.1", count=1)
    server.log.wait_for(f"client={other_kind[0]} ", "unknown operation 255")
    server.log.wait_for(f"client={other_network[0]} ", "first operation is not VALIDATE")


def test_a_flood_over_ipv6_is_limited_by_its_64_bit_network(tcpstored):
    server, _ = tcpstored("--bind", "::1")
    server.address = ("::1", server.address[1])
    flood(server, source="::1", count=BURST + 5)
    assert any("event=log-suppressed" in line and " network=::/64 " in line
               for line in stop(server))


@pytest.mark.slow
def test_the_end_of_a_flood_logs_the_count(tcpstored):
    server, connect = tcpstored()
    flood(server)
    server.log.wait_for("event=log-suppressed kind=client-closed ", seconds=60)
    connect().ping()
    assert_limited(stop(server), "client-closed")


@pytest.mark.slow
def test_the_next_line_of_the_same_kind_carries_the_count(tcpstored):
    server, _ = tcpstored()
    flood(server)
    while not server.log.lines_with("event=client-closed ", " suppressed="):
        time.sleep(0.1)  # only another event shows whether the ten seconds after a burst are over
        flood(server, count=1)
    assert not server.log.lines_with("event=log-suppressed")


def test_debug_lines_are_not_limited(tcpstored):
    server, connect = tcpstored("--log-level", "debug")
    clients = [connect() for _ in range(5 * BURST)]
    for client in clients:
        client.leave()
    lines = stop(server)
    for event in ("client-accepted", "client-closed"):
        assert sum(f"level=debug event={event} " in line for line in lines) == len(clients)
