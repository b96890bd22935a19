"""Large values."""

import contextlib

from support import wire

from . import MIB, NONCE, NUMBER, attack

PART = 8 * MIB


def append_value(load, client, name, size, byte=b" "):
    part = wire.append(name, byte * PART)
    for _ in range(size // PART):
        load.tell(client, part)
    load.ask(client, wire.ping(0), NONCE)


def fail_repeatedly(load, request):
    """Each request closes its client."""
    for _ in load.rounds():
        clients = [load.connect() for _ in range(8)]
        for client in clients:
            with contextlib.suppress(ConnectionError):
                load.tell(client, request)
        for client in clients:
            with contextlib.suppress(ConnectionError):
                load.take(client, 1)
            load.reset(client)


@attack("numbers", "ADD to a value of 256 MiB of spaces")
def add_to_spaces(load):
    append_value(load, load.connect(), b"s", 256 * MIB)
    yield
    fail_repeatedly(load, wire.add(b"s", 1))


@attack("numbers", "ADD to a number of 256 MiB with leading zeros, out of range")
def add_to_zeros(load):
    client = load.connect()
    append_value(load, client, b"s", 256 * MIB, b"0")
    load.ask(client, wire.append(b"s", b"9" * 20) + wire.ping(0), NONCE)
    yield
    fail_repeatedly(load, wire.add(b"s", 1))


@attack("numbers", "BARRIER at a value of 256 MiB of spaces")
def barrier_at_spaces(load):
    append_value(load, load.connect(), b"s", 256 * MIB)
    yield
    fail_repeatedly(load, wire.barrier(b"s", 2))


@attack("long requests", "APPEND to 512 MiB, then DELETE_KEY")
def delete_large(load):
    client = load.connect()
    yield
    for _ in load.rounds():
        append_value(load, client, b"s", 512 * MIB)
        load.ask(client, wire.delete_key(b"s"), NUMBER)


@attack("long requests", "APPEND of 1 byte to 256 MiB that an unread GET shares")
def append_shared(load):
    writer = load.connect()
    append_value(load, writer, b"s", 256 * MIB)
    yield
    for _ in load.rounds():
        reader = load.connect()
        load.tell(reader, wire.get(b"s"))
        reader.recv(1)
        load.ask(writer, wire.append(b"s", b"v") + wire.ping(0), NONCE)
        load.reset(reader)


def names_of(count):
    return [b"a%03d" % number for number in range(count)]


def set_each(load, client, names, size):
    for name in names:
        load.tell(client, wire.set_value(name, b"v" * size))
    load.settle(client)


def append_to_each(load, client, names):
    appends = b"".join(wire.append(name, b"v") for name in names)
    load.ask(client, appends + wire.ping(0), NONCE, len(names) + 1)


@attack("long requests", "APPEND of 1 byte to each of 300 values of 900 KB, 300 at once")
def append_to_many(load):
    client = load.connect()
    yield
    for _ in load.rounds():
        set_each(load, client, names_of(300), 900_000)
        append_to_each(load, client, names_of(300))


@attack("long requests",
        "APPEND of 1 byte to each of 200 values of 1 MB that unread GETs share, 200 at once")
def append_to_many_shared(load):
    writer = load.connect()
    yield
    for _ in load.rounds():
        set_each(load, writer, names_of(200), 1_000_000)
        readers = [load.connect() for _ in range(200)]
        for reader, name in zip(readers, names_of(200)):
            load.tell(reader, wire.get(name))
            reader.recv(1)
        append_to_each(load, writer, names_of(200))
        for reader in readers:
            load.reset(reader)


@attack("long requests", "APPEND of 1 byte to 256 MiB, 512 at once")
def append_bytes(load):
    client = load.connect()
    append_value(load, client, b"s", 256 * MIB)
    yield
    load.exchange([client], wire.append(b"s", b"v") * 512 + wire.ping(0), NONCE, 512)


@attack("long requests", "COMPARE_SET of 8 MiB that differ in the last byte")
def compare_large(load):
    client = load.connect()
    load.tell(client, wire.set_value(b"c", b"v" * PART))
    yield
    request = wire.compare_set(b"c", b"v" * (PART - 1) + b"w", b"")
    load.exchange([client], request, 8 + PART)


@attack("long requests", "COMPARE_SET of 8 MiB with a missing key")
def compare_missing(load):
    client = load.connect()
    yield
    load.exchange([client], wire.compare_set(b"c", b"v" * PART, b""), 8 + PART)


@attack("long requests", "COMPARE_SET with a value of 8 MiB, unread")
def compare_small(load):
    client = load.connect()
    load.tell(client, wire.set_value(b"c", b"v" * PART))
    load.ask(client, wire.ping(0), NONCE)
    yield
    for _ in load.rounds():
        client = load.connect()
        load.tell(client, wire.compare_set(b"c", b"v", b"") * 64, 64)
        client.recv(1)
        load.reset(client)


@attack("long requests", "GET of 8 MiB, read")
def get_large(load):
    client = load.connect()
    load.tell(client, wire.set_value(b"g", b"v" * PART))
    yield
    load.exchange([client], wire.get(b"g"), 8 + PART, window=4)


@attack("long requests", "SET of 8 MiB by 16 clients")
def set_large(load):
    clients = load.crowd(16)
    yield
    load.exchange(clients, wire.set_value(b"s", b"v" * PART) + wire.ping(0), NONCE)


@attack("long requests", "QUEUE_PUSH and QUEUE_POP of 8 MiB")
def queue_large(load):
    client = load.connect()
    yield
    load.exchange([client], wire.queue_push(b"q", b"v" * PART) + wire.queue_pop(b"q"),
                  16 + PART, 2)


@attack("long requests", "MULTI_GET of 1,024 times a value of 8 MiB, unread",
        "--output-hard-cap", "16G")
def multi_get_shared(load):
    client = load.connect()
    load.tell(client, wire.set_value(b"g", b"v" * PART))
    yield
    for _ in load.rounds():
        client = load.connect()
        load.tell(client, wire.multi_get([b"g"] * 1024))
        client.recv(1)
        load.reset(client)
