"""Clients on its host can read and empty a server that is full, of clients or of memory."""

import socket

import pytest

from support import wire
from support.cli import Cli
from support.client import ConnectionLost
from support.hosts import NEEDS_IPV6, RESERVED_SLOTS, outer_address

pytestmark = pytest.mark.tcpstored

LOOPBACK = "127.0.0.1"
VALUE = b"v" * 50_000
CLI_DONE = 0


@pytest.fixture
def start(tcpstored):
    """Starts a server. Returns it with a function that connects without sending VALIDATE."""
    def start(*flags):
        server, connect = tcpstored(*flags)
        return server, lambda **where: connect(validate=False, **where)

    return start


def fill(connect, source=None, sizes=(50_000, 1000, 1)):
    """Stores values until the server refuses even a small one. Returns the keys."""
    keys = []
    for size in sizes:
        client = connect(source=source)
        try:
            client.send(wire.validate())
            while True:
                key = b"key %d" % len(keys)
                client.set(key, b"v" * size)
                client.ping()
                keys.append(key)
        except ConnectionLost:
            client.close()
    return keys


def use_up_memory_for_waits(connect, source):
    """Waits for long names until the server refuses one."""
    try:
        for number in range(1000):
            client = connect(source=source)
            client.send(wire.validate() + wire.wait([b"%04d" % number + b"n" * 8000]))
            client.ping()
    except ConnectionLost:
        return
    raise AssertionError("no wait was refused")


# The number of clients

HOSTS = {
    "loopback": (LOOPBACK, lambda: LOOPBACK),
    "IPv4 on a socket of IPv6": ("::", lambda: LOOPBACK),
    "IPv6 loopback": ("::", lambda: "::1"),
    "an address of this host": ("::", outer_address),
    "an IPv6 address of this host": ("::", lambda: outer_address(socket.AF_INET6)),
}


@NEEDS_IPV6
@pytest.mark.parametrize("bind, host", HOSTS.values(), ids=HOSTS)
def test_clients_on_this_host_get_reserved_slots_beyond_max_clients(start, bind, host):
    server, connect = start("--max-clients", "2", "--bind", bind)
    host = host()
    accepted = [connect(host=host) for _ in range(2 + RESERVED_SLOTS)]
    assert all(client.is_accepted() for client in accepted)
    assert not connect(host=host).is_accepted()
    assert "clients" in server.log.wait_for("event=client-refused ")
    accepted.pop().close()
    accepted[0].settle()
    assert connect(host=host).is_accepted()


def test_clients_on_other_hosts_get_no_reserved_slots(start):
    _, connect = start("--max-clients", "2")
    outer = outer_address()
    assert all(connect(source=outer).is_accepted() for _ in range(2))
    assert not connect(source=outer).is_accepted()
    assert all(connect().is_accepted() for _ in range(RESERVED_SLOTS))
    assert not connect(source=outer).is_accepted()


def test_clients_in_reserved_slots_use_none_of_max_clients(start):
    _, connect = start("--max-clients", "2")
    outer = outer_address()
    regular = [connect(source=outer) for _ in range(2)]
    reserved = [connect() for _ in range(RESERVED_SLOTS)]
    assert all(client.is_accepted() for client in regular + reserved)
    regular.pop().close()
    reserved[0].settle()
    assert connect(source=outer).is_accepted()
    assert not connect(source=outer).is_accepted()


# Memory

def assert_reads_and_deletes(client, keys):
    assert client.is_accepted()
    assert sorted(client.list_keys()) == sorted(keys)
    assert client.get_num_keys() == len(keys)
    assert client.get(keys[0]) == VALUE
    assert client.multi_get(*keys[:5]) == [VALUE] * 5
    assert client.check(*keys) == wire.READY
    assert client.delete_key(keys[0]) == 1


@pytest.mark.parametrize("source_of", [outer_address, lambda: None],
                         ids=["another host", "this host"])
def test_every_client_reads_and_deletes_when_the_store_is_full(start, source_of):
    _, connect = start("--max-memory", "2M")
    source = source_of()
    keys = fill(connect, source)
    assert len(keys) > 10
    client = connect(source=source)
    assert_reads_and_deletes(client, keys)
    client.set("again", VALUE[:40_000])
    assert client.get("again") == VALUE[:40_000]


def test_a_client_on_this_host_reads_and_deletes_when_memory_is_full(start):
    server, connect = start("--max-memory", "2M")
    outer = outer_address()
    keys = fill(connect, outer)
    use_up_memory_for_waits(connect, outer)
    while connect(source=outer).is_accepted():
        pass
    line = server.log.wait_for("event=client-refused ", "out of memory")
    assert "clients on this host can read and delete" in line
    assert_reads_and_deletes(connect(), keys)
    assert connect(source=outer).is_accepted()


@pytest.mark.parametrize("request_", [
    wire.set_value("new", ""), wire.set_value("new", VALUE), wire.append("new", VALUE),
    wire.add("new", 1), wire.compare_set("new", "", "value"), wire.multi_set([("new", "value")]),
    wire.queue_push("new", "entry"), wire.barrier("new", 2)],
    ids=["SET", "SET large", "APPEND", "ADD", "COMPARE_SET", "MULTI_SET", "QUEUE_PUSH", "BARRIER"])
def test_a_write_when_memory_is_full_stores_nothing_in_the_reserve(start, request_):
    server, connect = start("--max-memory", "2M")
    keys = fill(connect)
    client, local = connect(), connect()
    assert client.is_accepted() and local.is_accepted()
    client.send(request_)
    client.assert_closed()
    line = server.log.wait_for(f"client={client.name} ")
    assert "out of memory" in line and "; clients can read and delete" in line
    assert local.get_num_keys() == len(keys)
    assert local.queue_len("new") == 0


@pytest.mark.parametrize("size", [1, 100], ids="values of {} bytes".format)
def test_list_keys_of_a_store_full_of_small_keys_lists_them_all(start, size):
    _, connect = start("--max-memory", "2M")
    client = connect()
    client.send(wire.validate())
    count = 0
    try:
        while True:
            client.multi_set(*((b"/a key of some length %06d" % (count + number), b"v" * size)
                               for number in range(100)))
            client.ping()
            count += 100
    except ConnectionLost:
        pass
    local = connect()
    assert local.is_accepted()
    assert len(set(local.list_keys())) == count > 1000


def test_unfinished_values_use_none_of_the_reserve(start):
    """Clients on this host stop in the middle of values that would fill the reserve as well."""
    server, connect = start("--max-memory", "2M")
    for size in [300_000] * 10 + [30_000] * 20 + [3000] * 20 + [300] * 20:
        client = connect()
        try:
            client.send(wire.validate() + wire.set_value("key", b"v" * size)[:-1])
        except ConnectionLost:
            pass
    server.log.wait_for("operation=receive ", "out of memory")
    assert all(connect().is_accepted() for _ in range(20))


def test_the_command_line_reads_and_empties_a_full_store(start):
    server, connect = start("--max-memory", "2M")
    keys = fill(connect)
    cli = Cli(server.address)
    client = connect()
    assert client.is_accepted()
    client.delete_key(keys[0])
    client.set("/name", "value")
    client.settle()
    client.close()
    fill(connect)

    assert cli("ping").status == CLI_DONE
    assert "name" in cli("keys").lines
    assert cli("get", "name").stdout == "value\n"
    assert cli("set", "more", "v" * 100_000).status != CLI_DONE
    assert cli("del", "name").status == CLI_DONE
    assert "name" not in cli("keys").lines
