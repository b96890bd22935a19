"""Requests of a byte or a few."""

from support import wire

from . import attack, listing

READ = 64 << 10  # bytes that the server reads at once


def flood(load, request, size, clients, at_once):
    connections = load.crowd(clients)
    yield
    load.exchange(connections, request * at_once, size * at_once, at_once)


@attack("small requests", "64 Ki GETNUMKEYS in one read")
def getnumkeys(load):
    return flood(load, wire.get_num_keys(), 8, 1, READ)


@attack("small requests", "64 Ki CANCEL_WAIT in one read")
def cancel_wait(load):
    return flood(load, wire.cancel_wait(), 1, 1, READ)


@attack("small requests", "64 Ki LIST_KEYS of an almost empty store in one read")
def list_keys(load):
    return flood(load, wire.list_keys(), listing(0, 0), 1, 8192)


@attack("small requests", "GETNUMKEYS by 200 clients, 64 Ki in one read")
def getnumkeys_crowd(load):
    return flood(load, wire.get_num_keys(), 8, 200, READ)


@attack("small requests", "CANCEL_WAIT by 1,000 clients, 64 Ki in one read")
def cancel_wait_crowd(load):
    return flood(load, wire.cancel_wait(), 1, 1000, READ)


@attack("small requests", "PING by 1,000 clients, one at a time")
def ping_crowd(load):
    return flood(load, wire.ping(0), 4, 1000, 1)


@attack("small requests", "SET of 1 byte by 100 clients, 3,000 in one read")
def set_crowd(load):
    connections = load.crowd(100)
    chunk = wire.set_value(b"k", b"v") * 3000 + wire.ping(0)
    yield
    load.exchange(connections, chunk, 4, 3000)


@attack("small requests", "WAIT and CANCEL_WAIT of a missing name, 2,000 in one read")
def wait_cancel(load):
    return flood(load, wire.wait([b"m"]) + wire.cancel_wait(), 1, 1, 2000)
