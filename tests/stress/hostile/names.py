"""Requests of many names, and names that many waits hold."""

from support import wire

from . import MANY, NONCE, NUMBER, STATUS, attack, key, keys, listing

LONG = 8 << 10


def store(load, names, value=b"v"):
    client = load.connect()
    for first in range(0, len(names), MANY):
        pairs = [(name, value) for name in names[first:first + MANY]]
        load.ask(client, wire.multi_set(pairs) + wire.ping(0), NONCE)
    return client


def wait_for(load, names, clients):
    for client in load.crowd(clients):
        load.tell(client, wire.wait(names))
        load.ask(client, wire.ping(0), NONCE)


@attack("waits", "DELETE_KEY of a name with 1 Mi waits")
def delete_awaited(load):
    wait_for(load, [b"m"] * MANY, 8)
    yield
    load.exchange([load.connect()], wire.delete_key(b"m") * 1024, 1024 * NUMBER, 1024, window=1)


@attack("waits", "DELETE_KEY of one of two names with 512 Ki waits each")
def delete_alternating(load):
    wait_for(load, [b"m", b"n"] * (MANY // 2), 8)
    yield
    load.exchange([load.connect()], wire.delete_key(b"m") * 1024, 1024 * NUMBER, 1024, window=1)


@attack("waits", "SET of a name with 64 Ki waits of one client, again and again")
def set_alternating(load):
    waiter, writer = load.connect(), load.connect()
    wait = wire.wait([b"m", b"n"] * (MANY // 2))
    change = wire.set_value(b"m", b"") + wire.delete_key(b"m")
    yield
    for _ in load.rounds():
        load.tell(waiter, wait)
        load.ask(waiter, wire.ping(0), NONCE)
        load.ask(writer, change, NUMBER, 2)
        load.ask(waiter, wire.cancel_wait(), STATUS)


@attack("waits", "MULTI_SET of 1,000 names that 1,000 clients await")
def multi_set_awaited_by_crowd(load):
    clients, writer = load.crowd(1000), load.connect()
    names = keys(1000)
    wait = wire.wait(names)
    pairs = wire.multi_set([(name, b"") for name in names]) + wire.ping(0)
    delete = b"".join(map(wire.delete_key, names))
    yield
    for _ in load.rounds():
        load.ask_all(clients, wait + wire.ping(0), NONCE, 2)
        load.ask(writer, pairs, NONCE, 2)
        for client in clients:
            load.take(client, STATUS)
        load.ask(writer, delete, len(names) * NUMBER, len(names))


@attack("long requests", "CHECK of 128 Ki keys")
def check(load):
    client = store(load, keys(MANY))
    yield
    load.exchange([client], wire.check(keys(MANY)), STATUS)


@attack("long requests", "CHECK of 128 Ki keys, eight lists that differ in the last key")
def check_nearly_alike(load):
    first = store(load, keys(MANY))
    lists = [wire.check(keys(MANY - 1) + [b"last %d" % number]) for number in range(8)]
    yield
    load.exchange([first, load.connect()], b"".join(lists), len(lists) * STATUS, len(lists))


@attack("long requests", "WAIT for 128 Ki keys that exist")
def wait_existing(load):
    client = store(load, keys(MANY))
    yield
    load.exchange([client], wire.wait(keys(MANY)), STATUS)


@attack("long requests", "WAIT for 128 Ki missing names, CANCEL_WAIT")
def wait_cancel(load):
    client = load.connect()
    yield
    load.exchange([client], wire.wait(keys(MANY)) + wire.cancel_wait(), STATUS, 2)


@attack("long requests", "WAIT for 128 Ki times two missing names, CANCEL_WAIT")
def wait_cancel_two(load):
    client = load.connect()
    yield
    load.exchange([client], wire.wait([b"m", b"n"] * (MANY // 2)) + wire.cancel_wait(), STATUS, 2)


@attack("long requests", "MULTI_GET of 128 Ki missing keys")
def multi_get_missing(load):
    client = load.connect()
    yield
    load.exchange([client], wire.multi_get(keys(MANY)), MANY * 8)


@attack("long requests", "MULTI_GET of 128 Ki small values")
def multi_get_small(load):
    client = store(load, keys(MANY))
    yield
    load.exchange([client], wire.multi_get(keys(MANY)), MANY * 9)


@attack("long requests", "MULTI_GET of 128 Ki times a value of 4,000 bytes")
def multi_get_large(load):
    client = store(load, [b"k"], b"v" * 4000)
    yield
    load.exchange([client], wire.multi_get([b"k"] * MANY), MANY * 4008, window=1)


@attack("long requests", "MULTI_GET of 128 Ki times a value of 4,000 bytes, unread")
def multi_get_unread(load):
    client = store(load, [b"k"], b"v" * 4000)
    yield
    for _ in load.rounds():
        client = load.connect()
        load.tell(client, wire.multi_get([b"k"] * MANY))
        client.recv(1 << 16)
        load.reset(client)


@attack("long requests", "MULTI_SET of 128 Ki pairs")
def multi_set(load):
    client = store(load, keys(MANY))
    pairs = [(name, b"v") for name in keys(MANY)]
    yield
    load.exchange([client], wire.multi_set(pairs) + wire.ping(0), NONCE)


@attack("long requests", "MULTI_SET of 128 Ki pairs that one client awaits, DELETE_KEY of each")
def multi_set_awaited(load):
    waiter, writer = load.connect(), load.connect()
    wait = wire.wait(keys(MANY))
    pairs = wire.multi_set([(name, b"v") for name in keys(MANY)]) + wire.ping(0)
    delete = b"".join(map(wire.delete_key, keys(MANY)))
    yield
    for _ in load.rounds():
        load.tell(waiter, wait)
        load.ask(waiter, wire.ping(0), NONCE)
        load.ask(writer, pairs, NONCE)
        load.take(waiter, STATUS)
        for part in range(0, len(delete), len(delete) // 16):
            some = delete[part:part + len(delete) // 16]
            load.ask(writer, some, MANY // 16 * NUMBER, MANY // 16)


@attack("long requests", "LIST_KEYS of 4 Mi keys")
def list_many(load):
    client = store(load, keys(4 << 20))
    yield
    load.exchange([client], wire.list_keys(), listing(4 << 20, 7), window=1)


@attack("long requests", "LIST_KEYS of 1 Mi keys by 20 clients that never read")
def list_unread(load):
    store(load, keys(1 << 20))
    clients = load.crowd(20)
    yield
    for _ in load.rounds():
        for client in clients:
            load.tell(client, wire.list_keys())
        for client in clients:
            client.recv(1)
            load.reset(client)
        clients = load.crowd(20)


@attack("long requests", "LIST_KEYS of 1,000 keys, 512 in one read")
def list_pipelined(load):
    client = store(load, keys(1000))
    yield
    load.exchange([client], wire.list_keys() * 512, 512 * listing(1000, 7), 512)


@attack("long requests", "CHECK of a name of 8 KiB, 64 at once")
def check_long_names(load):
    client = load.connect()
    yield
    load.exchange([client], wire.check([b"n" * LONG]) * 64, 64, 64)


@attack("long requests", "WAIT for 4,096 names of 8 KiB, CANCEL_WAIT")
def wait_long_names(load):
    client = load.connect()
    names = [key(number, LONG) for number in range(4096)]
    yield
    load.exchange([client], wire.wait(names) + wire.cancel_wait(), STATUS, 2)


@attack("long requests", "SET and DELETE_KEY of names of 8 KiB")
def set_long_names(load):
    client = load.connect()
    names = [key(number, LONG) for number in range(128)]
    chunk = b"".join(wire.set_value(name, b"v") + wire.delete_key(name) for name in names)
    yield
    load.exchange([client], chunk, len(names) * NUMBER, 2 * len(names))


@attack("line", "MULTI_GET of 128 Ki small values by 20 clients; the bystander: of 1,100 keys",
        bystander="long")
@attack("line", "MULTI_GET of 128 Ki small values by 20 clients; the bystander: of 5,000 keys",
        bystander="longer")
def multi_get_crowd(load):
    store(load, keys(MANY))
    clients = load.crowd(20)
    yield
    load.exchange(clients, wire.multi_get(keys(MANY)), MANY * 9, window=1)


def multi_set_by(load, clients, count):
    pairs = [(name, b"v") for name in keys(count)]
    connections = load.crowd(clients)
    yield
    load.exchange(connections, wire.multi_set(pairs) + wire.ping(0), NONCE, window=1)


@attack("line", "MULTI_SET of 128 Ki pairs by 20 clients; the bystander: of 1,100 keys",
        bystander="long")
@attack("line", "MULTI_SET of 128 Ki pairs by 20 clients; the bystander: of 5,000 keys",
        bystander="longer")
def multi_set_crowd(load):
    return multi_set_by(load, 20, MANY)


@attack("line", "MULTI_SET of 20,000 pairs by 30 clients; the bystander: a WAIT that a SET ends",
        bystander="pair")
def multi_set_pair(load):
    return multi_set_by(load, 30, 20_000)
