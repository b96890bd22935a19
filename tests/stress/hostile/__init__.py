"""The attacks: a generator each, which prepares the store, yields, and then attacks until the time
is up."""

from typing import Callable, NamedTuple

ATTACKS = []
MANY = 128 << 10  # keys in one request


class Attack(NamedTuple):
    entry: str        # the kind of cost
    title: str
    run: Callable     # a generator, with a Load
    flags: tuple = () # of tcpstored
    full: bool = False  # fills the memory: clients on other hosts, and the bystander only reads


def attack(entry, title, *flags, full=False):
    def register(run):
        ATTACKS.append(Attack(entry, title, run, flags, full))
        return run

    return register


def key(number, width=7):
    return b"%0*d" % (width, number)


def keys(count, first=0):
    return [key(number) for number in range(first, first + count)]
