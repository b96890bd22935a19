"""Many clients that send at once, so that the server has a request of each in one iteration."""

import time

from support import wire

from . import MIB, NONCE, NUMBER, STATUS, attack, key, keys, listing
from .names import LONG, store

ARRIVAL = 0.2  # seconds in which the server reads what waits in its sockets


def repeat(load, clients, request, size, count=1):
    connections = load.crowd(clients)
    yield
    for _ in load.rounds():
        load.ask_all(connections, request, size, count)


@attack("at once", "LIST_KEYS of 1,000 keys by 3,000 clients at once")
def list_keys(load):
    store(load, keys(1000), b"")
    return repeat(load, 3000, wire.list_keys(), listing(1000, 7))


@attack("at once", "LIST_KEYS of 1,000 keys of 8 KiB by 50 clients at once")
def list_long_names(load):
    store(load, [key(number, LONG) for number in range(1000)], b"")
    return repeat(load, 50, wire.list_keys(), listing(1000, LONG))


@attack("at once", "MULTI_GET of 440 times a value of 1,000 bytes by 2,000 clients at once")
def multi_get(load):
    store(load, [b"g"], b"v" * 1000)
    return repeat(load, 2000, wire.multi_get([b"g"] * 440), 440 * 1008)


@attack("at once", "60 GETs of 4,000 bytes by 2,000 clients at once")
def get(load):
    store(load, [b"g"], b"v" * 4000)
    return repeat(load, 2000, wire.get(b"g") * 60, 60 * 4008, 60)


@attack("at once", "ADD to 60 names by 5,000 clients at once")
def add(load):
    adds = b"".join(wire.add(name, 1) for name in keys(60))
    return repeat(load, 5000, adds, 60 * NUMBER, 60)


@attack("at once", "MULTI_SET of 150 new keys by 3,000 clients at once, DELETE_KEY of each")
def multi_set(load):
    clients = load.crowd(3000)
    names = [keys(150, 150 * number) for number in range(len(clients))]
    sets = [wire.multi_set([(name, b"") for name in some]) + wire.ping(0) for some in names]
    deletes = [b"".join(map(wire.delete_key, some)) for some in names]
    yield
    for _ in load.rounds():
        load.ask_each(clients, sets, NONCE, 2)
        load.ask_each(clients, deletes, 150 * NUMBER, 150)


@attack("at once", "WAIT for 200 missing names by 2,000 clients at once, CANCEL_WAIT")
def wait_cancel(load):
    clients = load.crowd(2000)
    waits = [wire.wait(keys(200, 200 * number)) + wire.ping(0) for number in range(len(clients))]
    yield
    for _ in load.rounds():
        load.ask_each(clients, waits, NONCE, 2)
        load.ask_all(clients, wire.cancel_wait(), STATUS)


@attack("at once", "APPEND of 1 byte by 400 clients at once to 8 MiB that an unread GET shares")
def append_shared(load):
    writer, clients = load.connect(), load.crowd(400)
    yield
    for _ in load.rounds():
        load.ask(writer, wire.set_value(b"s", b"v" * (8 * MIB)) + wire.ping(0), NONCE, 2)
        reader = load.connect()
        load.tell(reader, wire.get(b"s"))
        reader.recv(1)
        load.ask_all(clients, wire.append(b"s", b"v") + wire.ping(0), NONCE, 2)
        load.reset(reader)


def complete_at_once(load, requests_at, size):
    """Each of 40 clients sends two requests, the second without its last byte; then all send that,
    and a PING."""
    clients, prober = load.crowd(40), load.connect()
    yield
    for _ in load.rounds():
        for number, client in enumerate(clients):
            requests = requests_at(key(number))
            load.tell(client, requests[:-1])
        load.settle(prober)
        time.sleep(ARRIVAL)
        load.ask_all(clients, requests[-1:] + wire.ping(0), size + NONCE, 2)


@attack("at once", "APPEND of 8 MiB to 1,025 bytes by 40 clients, last bytes at once")
def append_large(load):
    def requests_at(name):
        value = b"v" * 1025  # an entry holds up to 1,024 bytes itself
        return wire.set_value(name, value) + wire.append(name, b"v" * (8 * MIB))

    return complete_at_once(load, requests_at, 0)


@attack("at once", "COMPARE_SET that replaces 8 MiB, by 40 clients, last bytes at once")
def compare_large(load):
    value = b"v" * (8 * MIB)

    def requests_at(name):
        return wire.set_value(name, value) + wire.compare_set(name, value, b"w")

    return complete_at_once(load, requests_at, NUMBER + 1)
