"""Random operations that both servers must answer alike.

What docs/PROTOCOL.md lists as a difference is kept out, here or in traces.py, by the number of its
row: 3, 5, 6, 13 and 14 by the names and numbers that each operation takes; 1, 2, 4, 8 to 12 do
not show in answers of clients that read, are few, and say VALIDATE in one segment."""

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
FURTHEST = 1000  # what ADD moves by: row 14 keeps its sums far from the ends


def clean(client):
    """Leaves no key, and no entry in the queues above."""
    for key in client.list_keys():
        client.delete_key(key)
    for queue in QUEUES + WAITED_QUEUES:
        while client.queue_pop(queue)[0] > 0:
            pass


class Operation(NamedTuple):
    text: str
    request: bytes
    names: tuple = ()


def _say(function, *arguments):
    words = " ".join(repr(argument) for argument in arguments)
    return Operation(f"{function.__name__.upper()} {words}", function(*arguments))


def _text(rng):
    return "z" * 20_000 if rng.random() < 0.002 else rng.choice(TEXTS)


def _pairs(rng):
    # Row 3: no name twice, whose first value would be there for a moment.
    return [(key, _text(rng)) for key in rng.sample(KEYS, rng.randrange(5))]


def _some(rng, names):
    return rng.choices(names, k=rng.randrange(6))


# Of a client that waits for nothing; many of them go in one batch.
FREE = {
    "SET": (10, lambda rng: _say(wire.set_value, rng.choice(KEYS), _text(rng))),
    "SET number": (3, lambda rng: _say(wire.set_value, rng.choice(NUMBERS),
                                       rng.choice(ODD_NUMBERS))),
    "SET queue": (1, lambda rng: _say(wire.set_value, rng.choice(QUEUES), _text(rng))),
    "GET": (8, lambda rng: _say(wire.get, rng.choice(NAMES))),
    "COMPARE_SET": (8, lambda rng: _say(wire.compare_set, rng.choice(KEYS), _text(rng),
                                        _text(rng))),
    "ADD": (8, lambda rng: _say(wire.add, rng.choice(NUMBERS),
                                rng.randint(-FURTHEST, FURTHEST))),
    "CHECK": (5, lambda rng: _say(wire.check, _some(rng, NAMES))),
    "GETNUMKEYS": (3, lambda rng: _say(wire.get_num_keys)),
    "DELETE_KEY": (8, lambda rng: _say(wire.delete_key, rng.choice(KEYS + NUMBERS + QUEUES))),
    "APPEND": (4, lambda rng: _say(wire.append, rng.choice(KEYS), _text(rng))),
    "MULTI_GET": (4, lambda rng: _say(wire.multi_get, _some(rng, NAMES))),
    "MULTI_SET": (4, lambda rng: _say(wire.multi_set, _pairs(rng))),
    "CANCEL_WAIT": (1, lambda rng: _say(wire.cancel_wait)),
    "QUEUE_PUSH": (6, lambda rng: _say(wire.queue_push, rng.choice(QUEUES), _text(rng))),
    "QUEUE_POP": (9, lambda rng: _say(wire.queue_pop, rng.choice(QUEUES + WAITED_QUEUES))),
    "QUEUE_LEN": (3, lambda rng: _say(wire.queue_len, rng.choice(QUEUES + WAITED_QUEUES))),
}
KINDS = 3000  # different ones in a trace, made beforehand: it is their order that matters


def make_free(rng):
    weights = [weight for weight, _ in FREE.values()]
    makers = rng.choices([maker for _, maker in FREE.values()], weights, k=KINDS)
    return [maker(rng) for maker in makers]


# Of a client that waits: the length of each reply is known, so that a release beside it shows.
FIXED = [
    (0, lambda rng: _say(wire.set_value, rng.choice(KEYS), _text(rng))),
    (0, lambda rng: _say(wire.append, rng.choice(KEYS), _text(rng))),
    (0, lambda rng: _say(wire.multi_set, _pairs(rng))),
    (0, lambda rng: _say(wire.queue_push, rng.choice(QUEUES), _text(rng))),
    (8, lambda rng: _say(wire.add, rng.choice(NUMBERS), rng.randint(-FURTHEST, FURTHEST))),
    (8, lambda rng: _say(wire.delete_key, rng.choice(KEYS + BARRIERS))),
    (1, lambda rng: _say(wire.check, _some(rng, NAMES))),
    (8, lambda rng: _say(wire.queue_len, rng.choice(QUEUES))),
]


def make_fixed(rng):
    """The length of its reply, and an operation."""
    length, maker = rng.choice(FIXED)
    return length, maker(rng)


def make_push(rng):
    """To a queue that somebody may wait for: a step of its own. Row 5: whoever that wakes is
    replaced before the next one."""
    return _say(wire.queue_push, rng.choice(WAITED_QUEUES), _text(rng))


def make_wait(rng):
    """For keys, the same one twice perhaps; or, rows 5 and 6, for one queue alone."""
    if rng.random() < 0.25:
        names = [rng.choice(WAITED_QUEUES)]
    else:
        names = rng.choices(KEYS + NUMBERS + BARRIERS, k=rng.randrange(4))
    return _say(wire.wait, names)._replace(names=tuple(names))


def make_barrier(rng):
    return _say(wire.barrier, rng.choice(BARRIERS), rng.randrange(5))


def make_barrier_write(rng):
    return rng.choice([
        lambda: _say(wire.delete_key, rng.choice(BARRIERS)),
        lambda: _say(wire.set_value, rng.choice(BARRIERS), rng.choice(ODD_NUMBERS)),
        lambda: _say(wire.add, rng.choice(BARRIERS), rng.randint(0, 2)),
    ])()


def make_fault(rng):
    """What closes the client."""
    no_number = _say(wire.set_value, "text", "no number")
    return rng.choice([
        Operation("an unknown opcode", b"\xff"),
        no_number._replace(text=f"{no_number.text}, ADD", request=no_number.request
                           + wire.add("text", 1)),
        Operation("GET of an over-long key", wire.get("k" * (wire.MAX_KEY_BYTES + 1))),
    ])
