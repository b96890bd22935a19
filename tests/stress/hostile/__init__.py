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
    bystander: str = "all"  # what it sends: all, reads, long or longer
    remote: bool = False    # attacker and bystander are on other hosts, for which there is no reserve


def attack(entry, title, *flags, bystander="all", remote=False):
    def register(run):
        ATTACKS.append(Attack(entry, title, run, flags, bystander, remote))
        return run

    return register


def key(number, width=7):
    return b"%0*d" % (width, number)


def keys(count, first=0):
    return [key(number) for number in range(first, first + count)]
