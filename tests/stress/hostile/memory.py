"""Memory: its limit, what the process holds, and a table that was refused memory."""

import contextlib
import time

from support import wire

from . import KIB, MANY, MIB, NONCE, NUMBER, STATUS, attack, key

HOLD = 0.2  # seconds for which the memory stays taken


def batches(items, count):
    for first in range(0, len(items), count):
        yield items[first:first + count]


def perform(load, requests, size):
    """Each has `size` bytes of replies. The rest of a batch is lost if the server refuses one."""
    client = load.connect()
    for batch in batches(requests, 100):
        try:
            load.ask(client, b"".join(batch) + wire.ping(0), size * len(batch) + NONCE, len(batch))
        except ConnectionError:
            client = load.connect()


@attack("memory", "values that grow in five phases, each deleted but for every 10th to 40th",
        "--max-memory", "256M", bystander="reads")
def fragment(load):
    """What is left of a phase leaves no gap for a value of the next: the process holds as much as
    it may, and a SET is refused."""
    yield
    kept = 0
    for size, every in (200, 10), (2400, 10), (26 * KIB, 10), (280 * KIB, 10), (3 * MIB, 40):
        names = [b"%d/%d" % (size, number) for number in range((185 * MIB - kept) // (size + 60))]
        perform(load, [wire.set_value(name, b"v" * size) for name in names], 0)
        perform(load, [wire.delete_key(name) for number, name in enumerate(names)
                       if number % every], NUMBER)
        kept += len(names) // every * (size + 60)


@attack("memory", "CHECK of 128 Ki keys of a table whose splits were refused memory",
        "--max-memory", "64M", bystander="reads", remote=True)
def starve_table(load):
    """A queue takes all memory. Each entry that it gives back makes room for 20 keys of 48 bytes,
    and none for 512 buckets. Then the rest of the queue goes."""
    entry, batch = b"e" * 872, 20
    pop = wire.queue_pop(b"q")
    client, pushed, stored = load.connect(), 0, []
    with contextlib.suppress(ConnectionError):
        while True:
            load.ask(client, wire.queue_push(b"q", entry) + wire.ping(0), NONCE)
            pushed += 1
    client = load.connect()
    for number in range(pushed * 3 // 4):
        names = [key(batch * number + each, 16) for each in range(batch)]
        sets = b"".join(wire.set_value(name, b"v") for name in names)
        try:
            load.ask(client, pop + sets + wire.ping(0), 16 + len(entry) + NONCE)
            stored += names
        except ConnectionError:
            client = load.connect()
    for number in range(pushed // 4):
        load.ask(client, pop, 16 + len(entry))
    names = (stored * (MANY // max(len(stored), 1) + 1))[:MANY] or [b"n"] * MANY
    yield
    load.exchange([client], wire.check(names), STATUS)


def is_open(client):
    client.setblocking(False)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except ConnectionError:
        pass
    return False


UNFINISHED = wire.set_value(b"s", b"v" * (8 * MIB))


def take_memory(load, probe):
    """Unfinished SETs that leave a megabyte or two."""
    size = 4 * MIB
    while size >= MIB:
        client = load.connect()
        with contextlib.suppress(ConnectionError):
            load.tell(client, UNFINISHED[:size])
        load.settle(probe)
        if is_open(client):
            load.held.append(client)
        else:
            size //= 2


@attack("memory", "COMPARE_SET with a value of 200 KB, then unfinished SETs that take all memory",
        "--max-memory", "64M", bystander="reads", remote=True)
def exhaust(load):
    probe = load.connect()
    load.tell(probe, wire.set_value(b"c", b"v" * 200_000))
    take_memory(load, probe)
    yield
    for _ in load.rounds():
        plugs = load.crowd(200)
        load.ask(probe, wire.compare_set(b"c", b"", b""), 200_008)
        for number, plug in enumerate(plugs):
            with contextlib.suppress(ConnectionError):
                load.tell(plug, UNFINISHED[:16 * KIB if number < 150 else KIB])
        time.sleep(HOLD)
        for plug in plugs:
            load.reset(plug)
        load.settle(probe)
