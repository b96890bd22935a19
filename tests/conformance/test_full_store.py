"""A store that is full, of clients or of memory, can be looked into and emptied from its host."""

import socket

import pytest

from support import wire
from support.cli import Cli
from support.client import Client, ConnectionLost
from support.hosts import outer_address

pytestmark = pytest.mark.tcpstored

GUESTS = 4
LOOPBACK = "127.0.0.1"
NEEDS_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6")
VALUE = b"v" * 50_000
CLI_DONE = 0


@pytest.fixture
def client_of():
    """Connects to a server, from an address of choice."""
    clients = []

    def connect(server, host=LOOPBACK, source=None):
        clients.append(Client((host, server.address[1]), validate=False, source=source))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def is_let_in(client):
    try:
        client.send(wire.validate())
        client.ping()
        return True
    except ConnectionLost:
        return False


def fill(client_of, server, source=None, sizes=(50_000, 1000, 1)):
    """Stores values until not even a small one is let in, and leaves no room for a client that
    has no reserve. Returns the keys."""
    keys = []
    for size in sizes:
        client = client_of(server, source=source)
        try:
            client.send(wire.validate())
            while True:
                key = b"key %d" % len(keys)
                client.set(key, b"v" * size)
                client.ping()
                keys.append(key)
        except ConnectionLost:
            client.close()
    for _ in range(5):
        is_let_in(client_of(server, source=source))
    return keys


# The number of clients

PLACES = {
    "loopback": (LOOPBACK, lambda: LOOPBACK),
    "IPv4 on a socket of IPv6": ("::", lambda: LOOPBACK),
    "IPv6 loopback": ("::", lambda: "::1"),
    "an address of this host": ("::", outer_address),
    "an IPv6 address of this host": ("::", lambda: outer_address(socket.AF_INET6)),
}


@NEEDS_IPV6
@pytest.mark.parametrize("bind, host", PLACES.values(), ids=PLACES)
def test_a_few_more_clients_of_this_host_are_let_in(tcpstored, client_of, bind, host):
    server, _ = tcpstored("--max-clients", "2", "--bind", bind)
    host = host()
    inside = [client_of(server, host) for _ in range(2 + GUESTS)]
    assert all(map(is_let_in, inside))
    assert not is_let_in(client_of(server, host))
    assert "clients" in server.log.wait_for("event=client-refused ")
    inside.pop().close()
    inside[0].settle()
    assert is_let_in(client_of(server, host))


def test_a_client_of_another_host_takes_no_place_of_a_guest(tcpstored, client_of):
    server, _ = tcpstored("--max-clients", "2")
    outer = outer_address()
    assert all(is_let_in(client_of(server, source=outer)) for _ in range(2))
    assert not is_let_in(client_of(server, source=outer))
    assert all(is_let_in(client_of(server)) for _ in range(GUESTS))
    assert not is_let_in(client_of(server, source=outer))


def test_a_guest_takes_no_place_of_another_client(tcpstored, client_of):
    server, _ = tcpstored("--max-clients", "2")
    outer = outer_address()
    inside = [client_of(server, source=outer) for _ in range(2)]
    guests = [client_of(server) for _ in range(GUESTS)]
    assert all(map(is_let_in, inside + guests))
    inside.pop().close()
    guests[0].settle()
    assert is_let_in(client_of(server, source=outer))
    assert not is_let_in(client_of(server, source=outer))


# Memory

def test_a_client_of_this_host_reads_and_deletes_when_memory_is_full(tcpstored, client_of):
    server, _ = tcpstored("--max-memory", "2M")
    outer = outer_address()
    keys = fill(client_of, server, outer)
    assert len(keys) > 10
    assert not is_let_in(client_of(server, source=outer))
    assert "out of memory" in server.log.wait_for("event=client-refused ")

    guest = client_of(server)
    assert is_let_in(guest)
    assert sorted(guest.list_keys()) == sorted(keys)
    assert guest.get_num_keys() == len(keys)
    assert guest.get(keys[0]) == VALUE
    assert guest.multi_get(*keys[:5]) == [VALUE] * 5
    assert guest.check(*keys) == wire.READY
    assert guest.delete_key(keys[0]) == 1

    other = client_of(server, source=outer)
    assert is_let_in(other)
    other.set("again", VALUE[:40_000])
    assert other.get("again") == VALUE[:40_000]


@pytest.mark.parametrize("request_", [
    wire.set_value("new", ""), wire.set_value("new", VALUE), wire.append("new", VALUE),
    wire.add("new", 1), wire.compare_set("new", "", "value"), wire.multi_set([("new", "value")]),
    wire.queue_push("new", "entry"), wire.barrier("new", 2), wire.wait(["new"] * 100)],
    ids=["SET", "SET large", "APPEND", "ADD", "COMPARE_SET", "MULTI_SET", "QUEUE_PUSH", "BARRIER",
         "WAIT"])
def test_nothing_is_stored_in_the_reserve(tcpstored, client_of, request_):
    server, _ = tcpstored("--max-memory", "2M")
    keys = fill(client_of, server)
    client, guest = client_of(server), client_of(server)
    assert is_let_in(client) and is_let_in(guest)
    client.send(request_)
    client.assert_closed()
    line = server.log.wait_for(f"client={client.name} ")
    assert "out of memory" in line and "clients on this host can read and delete" in line
    assert guest.get_num_keys() == len(keys)
    assert guest.queue_len("new") == 0


@pytest.mark.parametrize("size", [1, 100], ids="values of {} bytes".format)
def test_a_store_full_of_small_keys_can_be_listed(tcpstored, client_of, size):
    server, _ = tcpstored("--max-memory", "2M")
    client = client_of(server)
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
    guest = client_of(server)
    assert is_let_in(guest)
    assert len(set(guest.list_keys())) == count > 1000


def test_values_that_never_arrive_take_nothing_of_the_reserve(tcpstored, client_of):
    """Clients of this host stop in the middle of values, which would fill the reserve as well."""
    server, _ = tcpstored("--max-memory", "2M")
    for size in [300_000] * 10 + [30_000] * 20 + [3000] * 20 + [300] * 20:
        client = client_of(server)
        try:
            client.send(wire.validate() + wire.set_value("key", b"v" * size)[:-1])
        except ConnectionLost:
            pass
    server.log.wait_for("operation=receive ", "out of memory")
    assert all(is_let_in(client_of(server)) for _ in range(20))


def test_the_command_line_empties_a_full_store(tcpstored, client_of):
    server, _ = tcpstored("--max-memory", "2M")
    keys = fill(client_of, server)
    cli = Cli(server.address)
    client = client_of(server)
    assert is_let_in(client)
    client.delete_key(keys[0])
    client.set("/name", "value")
    client.settle()
    client.close()
    fill(client_of, server)

    assert cli("ping").status == CLI_DONE
    assert "name" in cli("keys").lines
    assert cli("get", "name").stdout == "value\n"
    assert cli("set", "more", "v" * 100_000).status != CLI_DONE
    assert cli("del", "name").status == CLI_DONE
    assert "name" not in cli("keys").lines
