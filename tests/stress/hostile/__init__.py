"""The attacks: a generator each, which prepares the store, yields, and then attacks until the time
is up."""

from typing import Callable, NamedTuple

ATTACKS = []
MANY = 128 << 10  # keys in one request
KIB, MIB = 1 << 10, 1 << 20
STATUS, NUMBER, NONCE = 1, 8, 4  # bytes of replies
BYSTANDER_KEYS = b"healthy/value", b"healthy/count", b"healthy/existing"


class Attack(NamedTuple):
    kind: str
    title: str
    run: Callable     # a generator, with a Load
    flags: tuple = () # of tcpstored
    bystander: str = "all"  # its operations, a word of bystander.py
    remote: bool = False    # attacker and bystander are on other hosts, for which there is no reserve


def attack(kind, title, *flags, bystander="all", remote=False):
    def register(run):
        ATTACKS.append(Attack(kind, title, run, flags, bystander, remote))
        return run

    return register


def key(number, width=7):
    return b"%0*d" % (width, number)


def keys(count, first=0):
    return [key(number) for number in range(first, first + count)]


def listing(count, width):
    """Bytes of the reply to LIST_KEYS: `count` keys of `width` bytes, and the bystander's."""
    return 8 + count * (8 + width) + sum(8 + len(name) for name in BYSTANDER_KEYS)


# These register their attacks.
from . import at_once, crowds, memory, names, small, values  # noqa: E402, F401
