"""Values of many sizes that come and go. Whatever gaps they leave, the process holds no more than
its limit and a constant."""

import random

import pytest

from support import wire
from support.client import ConnectionLost

KIB, MIB = 1 << 10, 1 << 20
CAP = 64 * MIB
BATCH = 100


class Store:
    """A client that connects again when the store is full, and counts what it has stored."""

    def __init__(self, attacked):
        self.attacked = attacked
        self.client = attacked.connect()
        self.stored = 0

    def perform(self, requests):
        for first in range(0, len(requests), BATCH):
            batch = requests[first:first + BATCH]
            try:
                self.client.send(*batch, wire.ping(7))
                self.client.read(4)
                self.stored += sum(map(len, batch))
            except (ConnectionLost, ConnectionError):
                self.client = self.attacked.connect()

    def delete(self, names):
        for first in range(0, len(names), BATCH):
            for name in names[first:first + BATCH]:
                self.client.send(wire.delete_key(name))
            self.client.read(8 * len(names[first:first + BATCH]))

    def fill(self, name, size, bytes_):
        names = [f"{name}/{number}" for number in range(bytes_ // (size + 100))]
        self.perform([wire.set_value(each, b"v" * size) for each in names])
        return names


def grow(store):
    """What is left of a phase leaves no gap for a value of the next."""
    for size, every in (200, 10), (2400, 10), (26 * KIB, 10), (280 * KIB, 10), (3 * MIB, 40):
        names = store.fill(size, size, 48 * MIB)
        store.delete([name for number, name in enumerate(names) if number % every])


def shrink(store):
    for size in 1 * MIB, 100 * KIB, 10 * KIB, KIB, 100, 10:
        names = store.fill(size, size, 48 * MIB)
        store.delete([name for number, name in enumerate(names) if number % 5])


def one_in_each_page(store):
    for size in 3900, 3000, 2 * KIB:
        names = store.fill(size, size, 48 * MIB)
        store.delete(names[::2])


def random_sizes(store):
    chance = random.Random(1)
    names = []
    for phase in range(12):
        sizes = [int(2 ** chance.uniform(3, 17)) for _ in range(2000)]
        new = [f"{phase}/{number}" for number in range(len(sizes))]
        store.perform([wire.set_value(name, b"v" * size) for name, size in zip(new, sizes)])
        names += new
        chance.shuffle(names)
        store.delete(names[:1800])
        del names[:1800]


def grow_in_turn(store):
    """Each APPEND moves its value past the others."""
    names = [f"name {number}" for number in range(2000)]
    for _ in range(60):
        store.perform([wire.append(name, b"v" * 400) for name in names])


def queues(store):
    """Of each queue, the newest entries are left."""
    for size in 100, 700, 5000, 40_000:
        count = 40 * MIB // (size + 100)
        names = [f"queue {number % 10}/{size}" for number in range(count)]
        store.perform([wire.queue_push(name, b"v" * size) for name in names])
        for name in names[:count * 9 // 10]:
            store.client.queue_pop(name)


@pytest.mark.parametrize(
    "pattern", [grow, shrink, one_in_each_page, random_sizes, grow_in_turn, queues])
def test_the_process_holds_no_more_than_its_limit_and_a_constant(attacked, pattern):
    """The fixture asserts it."""
    at = attacked(operations="reads", cap=CAP)
    at.measures_latency = False
    store = Store(at)
    pattern(store)
    assert store.stored > CAP // 2, "too little to matter"
