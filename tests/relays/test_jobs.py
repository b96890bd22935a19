"""The stores of jobs through a relay: it serves their clients at the ports that they have at the store."""

import contextlib
import importlib.util
import itertools
import os
import socket
import threading
from datetime import timedelta

import pytest

from support import trunk, wire
from support.cli import Cli
from support.client import Client
from support.http import Http
from support.servers import is_closed
from support.waiting import wait_until

SECONDS = 30
# Of each process of pytest-xdist: a port that is free at the store must be free here, too. So no test
# connects from here: for a minute its port would be taken. And the relay's own is none that the kernel
# chooses for stores.
RELAY_PORT = 29500
RELAY_HOST = "127.0.3.%d" % (1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
PUT = b"PUT /v1/stores/%s HTTP/1.1\r\nHost: localhost\r\nX-Tcpstore: 1\r\nConnection: close\r\n\r\n"
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")


@pytest.fixture
def start(start_relay, proxy):
    def start(host=RELAY_HOST, *flags):
        port = RELAY_PORT if host == RELAY_HOST else 0
        relay = start_relay("--upstream", "%s:%d" % proxy.address, "--bind", host, "--port", port, *flags)
        relay.log.wait_for("event=upstream-connected")
        relay.address = host, relay.address[1]
        return relay

    return start


@pytest.fixture
def node(start):
    """The relay of a node."""
    return start()


@pytest.fixture
def relayed(node):
    """HTTP to it."""
    return Http(node.address)


def open_at_store(http):
    return {store["name"]: store["port"] for store in http.items("stores") if store["name"]}


def open_at_relay(relayed):
    return {store["name"]: store["port"] for store in relayed.json("/v1/relay")["stores"] if store["served"]}


# Opening

def test_who_has_read_the_answer_can_connect_at_once(relayed, connect, direct):
    for number in range(20):
        address = relayed.open_store(f"job-{number}")
        assert address[0] == RELAY_HOST
        client = connect(address)
        client.set("number", b"%d" % number)
        assert client.get("number") == b"%d" % number
    assert direct.check("number") == wire.NOT_READY


def test_the_same_while_the_link_breaks(relayed, node, connect, proxy):
    over = threading.Event()
    cutter = threading.Thread(target=proxy.cut_often, args=(6_000, over))  # more than a TLS handshake has
    cutter.start()
    try:
        for number in range(20):
            address = open_persistently(relayed, f"job-{number}")
            assert connect(address).add("count", 1) == 1
    finally:
        over.set()
        cutter.join()
    assert not node.log.lines_with("event=relay-forgotten")


def open_persistently(relayed, name):
    """The relay answers 503 while it has no link."""
    for _ in itertools.count():
        with contextlib.suppress(AssertionError):
            return relayed.open_store(name)


def test_the_announcement_is_before_the_answer(relay):
    relay.open(0)
    relay.send(0, PUT % b"job-1")
    relay.wait_until_left(0)
    assert relay.kinds.index(trunk.STORE_OPENED) < relay.kinds.index(trunk.BYTES)
    (port, name), = relay.stores.items()
    assert name == "job-1" and b'"port": %d' % port in relay.replies[0]


@needs_torch
def test_pytorch_joins_a_store_that_was_opened_through_the_relay(relayed):
    from torch.distributed import TCPStore

    host, port = relayed.open_store("job-1")
    stores = [TCPStore(host, port, is_master=False, timeout=timedelta(seconds=SECONDS)) for _ in range(2)]
    stores[0].set("key", "value")
    assert stores[1].get("key") == b"value"
    assert stores[1].add("count", 2) == 2


def test_the_port_of_a_job_tells_of_its_store(relayed, http, connect):
    address = relayed.open_store("job-1")
    connect(address).wait("missing")
    wait_until(lambda: http.items("waits", store="job-1"), SECONDS)
    assert [wait["key"] for wait in Http(address).items("waits")] == ["missing"]
    assert relayed.items("waits") == []
    assert Http(address).text("/healthz") == "ok\n"


# Which are open

def test_a_new_relay_has_those_that_are_open(http, start, connect):
    for name in "job-1", "job-2", "job-3":
        http.open_store(name)
    http.close_store("job-2")
    relayed = Http(start().address)
    wait_until(lambda: open_at_relay(relayed) == open_at_store(http), SECONDS)
    for name, port in open_at_store(http).items():
        assert connect((RELAY_HOST, port)).add(name, 1) == 1


def test_a_relay_that_returns_has_those_that_are_open(relayed, node, http, proxy):
    for name in "job-1", "job-2":
        relayed.open_store(name)
    proxy.close()
    node.log.wait_for("event=upstream-lost")
    http.close_store("job-1")
    http.open_store("job-3")
    assert sorted(open_at_relay(relayed)) == ["job-1", "job-2"]
    proxy.open()
    wait_until(lambda: open_at_relay(relayed) == open_at_store(http), SECONDS)


def test_none_is_lost_or_doubled_while_the_link_breaks(relayed, node, http, proxy):
    for number in range(60):
        if number % 3 == 2:
            http.close_store(f"job-{number - 2}")
        else:
            http.open_store(f"job-{number}")
        if number % 4 == 0:
            proxy.cut()
    wait_until(lambda: open_at_relay(relayed) == open_at_store(http), SECONDS)
    assert not node.log.lines_with("event=relay-forgotten")


@pytest.mark.parametrize("server", [["--trunk", "127.0.0.1:0", "--relay-timeout", "1"]], indirect=True)
def test_a_relay_that_is_forgotten_closes_them_and_gets_them_anew(relayed, node, http, proxy):
    address = relayed.open_store("job-1")
    relayed.open_store("job-2")
    proxy.close()
    node.log.wait_for("event=relay-forgotten", seconds=SECONDS)
    wait_until(lambda: is_closed(address), SECONDS)
    http.close_store("job-2")
    proxy.open()
    wait_until(lambda: open_at_relay(relayed) == {"job-1": address[1]}, SECONDS)
    assert not is_closed(address)


# Closing

def test_a_store_that_is_closed_leaves_the_relay(start, connect, direct):
    relayed = Http(start(RELAY_HOST, "--validate-timeout", "600").address)
    address = relayed.open_store("job-1")
    other = connect(relayed.open_store("job-2"))
    client = connect(address)
    client.wait("never")
    client.ping()
    silent = Client(address, timeout=SECONDS, validate=False)
    relayed.close_store("job-1")
    client.assert_closed()
    silent.assert_closed()
    wait_until(lambda: is_closed(address), SECONDS)
    assert other.add("count", 1) == direct.add("count", 1) == 1


@pytest.mark.parametrize("server", [["--job-linger", "0.05"]], indirect=True)
def test_a_store_that_is_forgotten_leaves_the_relay(relayed, connect):
    address = relayed.open_store("job-1")
    client = connect(address)
    client.ping()
    client.close()
    wait_until(lambda: is_closed(address), SECONDS)
    assert open_at_relay(relayed) == {}


def test_a_name_may_be_used_again(relayed, connect):
    for count in range(10):
        client = connect(relayed.open_store("job-1"))
        assert client.add("count", 1) == 1, count
        relayed.close_store("job-1")
        client.assert_closed()


# Ports that are taken

def test_a_port_that_is_taken_harms_no_other_store(relayed, node, http, proxy, connect):
    proxy.close()
    node.log.wait_for("event=upstream-lost")
    port = http.open_store("job-1")[1]
    other = http.open_store("job-2")[1]
    with socket.create_server((RELAY_HOST, port)):
        proxy.open()
        assert f"port={port}" in node.log.wait_for("event=store-refused", "store=job-1", "taken")
        node.log.wait_for("event=store-opened", "store=job-2")
        assert connect((RELAY_HOST, other)).add("count", 1) == 1
        assert open_at_relay(relayed) == {"job-2": other}
    http.close_store("job-1")
    wait_until(lambda: [store["name"] for store in relayed.json("/v1/relay")["stores"]] == ["job-2"], SECONDS)


def test_a_store_on_the_addresses_of_the_relay_serves_its_clients_itself(start, server, connect):
    relay = start("127.0.0.1")
    address = Http(relay.address).open_store("job-1")
    client = connect(address)
    assert client.add("count", 1) == 1
    assert connect(address).add("count", 1) == 2
    assert "level=info" in relay.log.wait_for("event=store-refused", "store=job-1", "the upstream itself")
    assert open_at_relay(Http(relay.address)) == {}
    done = Cli(relay.address)("stores", "open", "job-1")
    assert (done.status, done.stderr) == (0, "")


# Rules

@pytest.mark.parametrize("kind", [trunk.STORE_OPENED, trunk.STORE_CLOSED])
def test_relays_do_not_tell_of_stores(relay, server, kind):
    relay.open(1)
    relay.add(trunk.item(1, kind, bytes(4)))
    server.log.wait_for("event=relay-gone", "breaks the rules")
    with pytest.raises(trunk.Closed):
        while True:
            relay.receive()
