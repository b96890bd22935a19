"""Clients cannot flood the log: lines are limited by kind and network, and all are counted."""

import re
import time

import pytest

from support import wire
from support.client import Client

pytestmark = pytest.mark.tcpstored

BURST = 10
FLOOD = 100
GUESTS = 4 # of this host, beyond --max-clients


def flood(server, source="127.0.0.9", count=FLOOD, request=b"GARBAGE"):
    """Clients that the server closes, one after the other. Returns their names."""
    names = []
    for _ in range(count):
        client = Client(server.address, validate=False, source=source)
        client.send(request)
        client.assert_closed()
        client.close()
        names.append(client.name)
    return names


def accounted(lines):
    """How many events the lines stand for."""
    written = sum("event=log-suppressed" not in line for line in lines)
    return written + sum(int(number) for line in lines
                         for number in re.findall(r" suppressed=(\d+) ", line))


def stop(server):
    server.stop()
    return server.log.whole().splitlines()


def assert_limited(lines, event, count=FLOOD):
    """Little was written, and nothing went uncounted."""
    of_it = [line for line in lines
             if f"event={event} " in line or f"event=log-suppressed kind={event} " in line]
    assert BURST <= len(of_it) <= BURST + 5
    assert accounted(of_it) == count


def test_garbage_writes_ten_lines_and_a_count(tcpstored):
    server, _ = tcpstored()
    names = flood(server)
    lines = stop(server)
    assert_limited(lines, "client-closed")
    for name in names[:BURST]:
        assert any(f"client={name} " in line for line in lines)
    summary = next(line for line in lines if "event=log-suppressed" in line)
    assert "level=warn" in summary and " network=127.0.0.0/24 " in summary
    assert summary.endswith('reason="first operation is not VALIDATE"')


def test_a_full_store_writes_ten_lines_and_a_count(tcpstored):
    server, connect = tcpstored("--max-clients", "1")
    for _ in range(1 + GUESTS):
        connect().ping()
    flood(server, request=b"")
    assert_limited(stop(server), "client-refused")


def test_hosts_that_are_not_allowed_write_ten_lines_and_a_count(tcpstored):
    server, _ = tcpstored("--allow", "127.0.0.1")
    names = flood(server, source="127.0.0.2", request=b"")
    line = server.log.wait_for("event=client-refused ", f"client={names[0]} ")
    assert "level=warn" in line and "not in a network that is allowed" in line
    assert_limited(stop(server), "client-refused")


def test_a_flood_leaves_other_kinds_and_networks_their_lines(tcpstored):
    server, _ = tcpstored()
    flood(server)
    other_kind = flood(server, count=1, request=wire.validate() + b"\xff")
    other_network = flood(server, source="127.0.1.1", count=1)
    server.log.wait_for(f"client={other_kind[0]} ", "unknown operation 255")
    server.log.wait_for(f"client={other_network[0]} ", "first operation is not VALIDATE")


def test_the_network_of_ipv6_is_its_64_bits(tcpstored):
    server, _ = tcpstored("--bind", "::1")
    server.address = ("::1", server.address[1])
    flood(server, source="::1", count=BURST + 5)
    assert any("event=log-suppressed" in line and " network=::/64 " in line
               for line in stop(server))


@pytest.mark.slow
def test_the_count_is_logged_when_the_flood_is_over(tcpstored):
    server, connect = tcpstored()
    flood(server)
    server.log.wait_for("event=log-suppressed kind=client-closed ", seconds=60)
    connect().ping()
    assert_limited(stop(server), "client-closed")


@pytest.mark.slow
def test_the_next_line_of_the_kind_has_the_count(tcpstored):
    server, _ = tcpstored()
    flood(server)
    while not server.log.lines_with("event=client-closed ", " suppressed="):
        time.sleep(0.1)  # ten seconds after the burst it may be written
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
