"""Random operations that both servers must answer alike.

The differences that docs/PROTOCOL.md lists are avoided, here or in traces.py, and named by row: 3,
5, 6, 13, 14 and 17 by the choice of names and numbers; 1, 2, 4 and 8 to 12 do not show in the
replies to a few clients that read them and send VALIDATE in one segment."""

from typing import NamedTuple

from support import wire

KEYS = [f"key/{n}" for n in range(24)]
NUMBERS = [f"number/{n}" for n in range(6)]
QUEUES = [f"queue/{n}" for n in range(6)]
WAITED_QUEUES = [f"waited/{n}" for n in range(3)]
WAITED = frozenset(WAITED_QUEUES)
BARRIERS = [f"barrier/{n}" for n in range(3)]
NAMES = KEYS + NUMBERS + QUEUES + WAITED_QUEUES + BARRIERS
TEXTS = ["", "a", "value", "x" * 100, "\0\xff", "7", "y" * 3000]
ODD_NUMBERS = ["0", " 12", "\t-3", "+5 apples", "0x1f", "-0", "0012"]
MAX_DELTA = 1000  # of ADD; row 14: sums stay far from the ends of i64


def clean(client):
    """Deletes all keys and empties the queues above."""
    for key in client.list_keys():
        client.delete_key(key)
    for queue in QUEUES + WAITED_QUEUES:
        while client.queue_pop(queue)[0] > 0:
            pass


class Operation(NamedTuple):
    text: str
    request: bytes
    names: tuple = ()


def _make(function, *arguments):
    words = " ".join(repr(argument) for argument in arguments)
    return Operation(f"{function.__name__.upper()} {words}", function(*arguments))


def _text(rng):
    return "z" * 20_000 if rng.random() < 0.002 else rng.choice(TEXTS)


def _pairs(rng):
    # Row 3: no key twice, because its first value would be visible for a moment.
    return [(key, _text(rng)) for key in rng.sample(KEYS, rng.randrange(5))]


def _some(rng, names):
    return rng.choices(names, k=rng.randrange(6))


# For a client without a pending wait; many are sent in one batch.
NONBLOCKING = {
    "SET": (10, lambda rng: _make(wire.set_value, rng.choice(KEYS), _text(rng))),
    "SET number": (3, lambda rng: _make(wire.set_value, rng.choice(NUMBERS),
                                        rng.choice(ODD_NUMBERS))),
    "SET queue": (1, lambda rng: _make(wire.set_value, rng.choice(QUEUES), _text(rng))),
    "GET": (8, lambda rng: _make(wire.get, rng.choice(NAMES))),
    "COMPARE_SET": (8, lambda rng: _make(wire.compare_set, rng.choice(KEYS), _text(rng),
                                         _text(rng))),
    "ADD": (8, lambda rng: _make(wire.add, rng.choice(NUMBERS),
                                 rng.randint(-MAX_DELTA, MAX_DELTA))),
    "CHECK": (5, lambda rng: _make(wire.check, _some(rng, NAMES))),
    "GETNUMKEYS": (3, lambda rng: _make(wire.get_num_keys)),
    "DELETE_KEY": (8, lambda rng: _make(wire.delete_key, rng.choice(KEYS + NUMBERS + QUEUES))),
    "APPEND": (4, lambda rng: _make(wire.append, rng.choice(KEYS), _text(rng))),
    "MULTI_GET": (4, lambda rng: _make(wire.multi_get, _some(rng, NAMES))),
    "MULTI_SET": (4, lambda rng: _make(wire.multi_set, _pairs(rng))),
    "CANCEL_WAIT": (1, lambda rng: _make(wire.cancel_wait)),
    "QUEUE_PUSH": (6, lambda rng: _make(wire.queue_push, rng.choice(QUEUES), _text(rng))),
    "QUEUE_POP": (9, lambda rng: _make(wire.queue_pop, rng.choice(QUEUES + WAITED_QUEUES))),
    "QUEUE_LEN": (3, lambda rng: _make(wire.queue_len, rng.choice(QUEUES + WAITED_QUEUES))),
}
POOL_SIZE = 3000  # operations of a trace, made in advance; a trace varies their order


def make_nonblocking(rng):
    weights = [weight for weight, _ in NONBLOCKING.values()]
    makers = rng.choices([maker for _, maker in NONBLOCKING.values()], weights, k=POOL_SIZE)
    return [maker(rng) for maker in makers]


# For a client with a pending wait: replies have a known length, so that a release beside one shows.
FIXED = [
    (0, lambda rng: _make(wire.set_value, rng.choice(KEYS), _text(rng))),
    (0, lambda rng: _make(wire.append, rng.choice(KEYS), _text(rng))),
    (0, lambda rng: _make(wire.multi_set, _pairs(rng))),
    (0, lambda rng: _make(wire.queue_push, rng.choice(QUEUES), _text(rng))),
    (8, lambda rng: _make(wire.add, rng.choice(NUMBERS), rng.randint(-MAX_DELTA, MAX_DELTA))),
    (8, lambda rng: _make(wire.delete_key, rng.choice(KEYS + BARRIERS))),
    (1, lambda rng: _make(wire.check, _some(rng, NAMES))),
    (8, lambda rng: _make(wire.queue_len, rng.choice(QUEUES))),
]


def make_fixed(rng):
    """The length of the reply, and the operation."""
    length, maker = rng.choice(FIXED)
    return length, maker(rng)


def make_push(rng):
    """A push to a queue that clients wait for is a step by itself. Row 5: the client that it
    releases is replaced before the next step."""
    return _make(wire.queue_push, rng.choice(WAITED_QUEUES), _text(rng))


def make_wait(rng):
    """A wait for keys, with repetitions; or, rows 5 and 6, for a single queue."""
    if rng.random() < 0.25:
        names = [rng.choice(WAITED_QUEUES)]
    else:
        names = rng.choices(KEYS + NUMBERS + BARRIERS, k=rng.randrange(4))
    return _make(wire.wait, names)._replace(names=tuple(names))


def make_barrier(rng):
    return _make(wire.barrier, rng.choice(BARRIERS), rng.randrange(5))


def make_barrier_write(rng):
    return rng.choice([
        lambda: _make(wire.delete_key, rng.choice(BARRIERS)),
        lambda: _make(wire.set_value, rng.choice(BARRIERS), rng.choice(ODD_NUMBERS)),
        lambda: _make(wire.add, rng.choice(BARRIERS), rng.randint(0, 2)),
    ])()


def make_fault(rng):
    """A request that closes the client."""
    not_a_number = _make(wire.set_value, "text", "not a number")
    return rng.choice([
        Operation("an unknown opcode", b"\xff"),
        not_a_number._replace(text=f"{not_a_number.text}, ADD", request=not_a_number.request
                              + wire.add("text", 1)),
        Operation("GET of an over-long key", wire.get("k" * (wire.MAX_KEY_BYTES + 1))),
    ])
