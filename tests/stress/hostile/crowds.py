"""Many clients of one attacker."""

import time

from support import wire

from . import MANY, MIB, NONCE, NUMBER, STATUS, attack, keys

CROWD = 10_000


def release_all(load, request, writes, size, end=b"", end_size=0):
    """All send `request`, and `writes` with `size` bytes of replies then releases them."""
    clients, writer = load.crowd(CROWD), load.connect()
    yield
    for _ in load.rounds():
        for client in clients:
            load.tell(client, request)
        load.settle(writer)
        load.ask(writer, writes, size)
        for client in clients:
            load.take(client, STATUS)
        load.ask(writer, wire.delete_key(b"go") + end, NUMBER + end_size)


@attack("crowds", "SET that releases 10,000 clients")
@attack("line", "SET that releases 10,000 clients; the bystander: a WAIT that a SET ends",
        bystander="pair")
def set_releases(load):
    return release_all(load, wire.wait([b"go"]), wire.set_value(b"go", b"") + wire.ping(0), NONCE)


@attack("crowds", "BARRIER that releases 10,000 clients")
def barrier_releases(load):
    return release_all(load, wire.barrier(b"go", CROWD + 1), wire.barrier(b"go", CROWD + 1), 1)


@attack("crowds", "QUEUE_PUSH to 10,000 clients that miss another name, too")
def push_to_many(load):
    request = wire.wait([b"q", b"go"])
    writes = wire.queue_push(b"q", b"") + wire.set_value(b"go", b"") + wire.ping(0)
    return release_all(load, request, writes, NONCE, wire.queue_pop(b"q"), 16)


@attack("crowds", "connections that come, VALIDATE, and are reset")
def connect_and_reset(load):
    yield
    for _ in load.rounds():
        clients = [load.connect() for _ in range(200)]
        for client in clients:
            load.reset(client)


def close_at_once(load, request, count=CROWD):
    yield
    for _ in load.rounds():
        clients = load.crowd(count)
        for client in clients:
            if request:
                load.ask(client, request + wire.ping(0), NONCE)
        for client in clients:
            load.reset(client)


@attack("crowds", "10,000 clients that leave at once")
def leave(load):
    return close_at_once(load, b"")


@attack("crowds", "5,000 clients with 26 waits each that leave at once")
def leave_waiting(load):
    return close_at_once(load, wire.wait(keys(26)), 5000)


@attack("crowds", "clients that leave with 128 Ki waits")
def leave_with_waits(load):
    wait = wire.wait(keys(MANY)) + wire.ping(0)
    yield
    for _ in load.rounds():
        client = load.connect()
        load.ask(client, wait, NONCE)
        load.reset(client)


@attack("crowds", "clients that leave with 100 MB of an unfinished MULTI_SET")
def leave_with_input(load):
    whole = wire.multi_set([(b"k%d" % number, b"v" * (8 * MIB)) for number in range(13)])
    part = whole[:100_000_000]
    yield
    for _ in load.rounds():
        client = load.connect()
        load.tell(client, part)
        load.reset(client)


@attack("crowds", "clients that leave with 128 Ki unread replies")
def leave_with_replies(load):
    yield
    for _ in load.rounds():
        client = load.connect()
        load.tell(client, wire.set_value(b"g", b"v" * 4096))
        load.tell(client, wire.multi_get([b"g"] * MANY))
        client.recv(1)
        load.reset(client)


@attack("memory", "100 times GET of 8 MiB, unread", "--max-memory", "64M")
def get_unread(load):
    clients = load.crowd(100)
    load.ask(clients[0], wire.set_value(b"g", b"v" * (8 * MIB)) + wire.ping(0), NONCE)
    yield
    for client in clients:
        load.tell(client, wire.get(b"g"))
    time.sleep(load.seconds)
    for client in clients:
        load.count_unread(client)
