"""Each function raises Violation if a history cannot be that of a store which executes each request
once, at one moment between the operation's begin and end, and those of a client in order."""

import math

from history import ADD, BARRIER, POP, PUSH, TELL, WAIT, by_key, of_kind


class Violation(AssertionError):
    pass


def require(condition, *words):
    if not condition:
        raise Violation(" ".join(map(str, words)))


def check_answers(history):
    """Every operation has ended. Among others, no wait was forgotten."""
    for operation in history:
        require(operation.end is not None, "no answer:", operation)


def require_real_time_order(operations):
    """`operations` have taken effect in the order of this list."""
    earliest_end, of = math.inf, None
    for operation in reversed(operations):
        require(operation.begin <= earliest_end, "took effect before", of, "which had ended:",
                operation)
        if operation.end < earliest_end:
            earliest_end, of = operation.end, operation


def require_client_order(operations):
    """The operations of each client have taken effect in the order of this list, in which it began
    them. It may begin one before the previous one has ended."""
    last = {}
    for operation in operations:
        before = last.get(operation.client)
        require(before is None or before.result < operation.result, "out of order:", before, operation)
        last[operation.client] = operation


def check_counters(history, sums):
    """ADDs of 1: each has counted once. `sums`: what the counters are at the end, by key."""
    counters = by_key(of_kind(history, ADD))
    require(counters.keys() == sums.keys(), "other counters:", counters.keys(), sums.keys())
    for key, adds in counters.items():
        require_client_order(adds)
        ordered = sorted(adds, key=lambda add: add.result)
        for number, add in enumerate(ordered, 1):
            require(add.result == number, "lost or doubled before", number, "at", add)
        require(sums[key] == len(adds), key, "is", sums[key], "after", len(adds), "times 1")
        require_real_time_order(ordered)


def check_waits(history):
    """Each key is set once: no wait for it has ended before that, and then it has that value."""
    told = {tell.key: tell for tell in of_kind(history, TELL)}
    for wait in of_kind(history, WAIT):
        require(wait.key in told, "released, but no client has set the key:", wait)
        require(wait.end >= told[wait.key].begin, "released before the key was set:", wait)
        require(wait.result == told[wait.key].argument, "another value was set:", wait)


def check_barriers(history, members):
    """Each barrier was passed by all its members, and by none before the last had come."""
    for key, arrivals in by_key(of_kind(history, BARRIER)).items():
        require(len({arrival.client for arrival in arrivals}) == len(arrivals) == members,
                "the barrier", key, "has", len(arrivals), "members")
        last = max(arrivals, key=lambda arrival: arrival.begin)
        first = min(arrivals, key=lambda arrival: arrival.end)
        require(last.begin <= first.end, "passed before", last, "had come:", first)


def check_queues(history):
    """What was pushed is popped, once, and that of one producer in its order. The queues are empty at
    the end."""
    pushes = by_key(of_kind(history, PUSH))
    pops = by_key(of_kind(history, POP))
    require(pops.keys() <= pushes.keys(), "popped of other queues:", pops.keys() - pushes.keys())
    for key, pushed in pushes.items():
        popped = {}
        for pop in pops.get(key, []):
            require(pop.result not in popped, "popped twice:", popped.get(pop.result), pop)
            popped[pop.result] = pop
        values = [push.argument for push in pushed]
        require(popped.keys() == set(values), "lost or invented:", popped.keys() ^ set(values))
        for push in pushed:
            require(popped[push.argument].end >= push.begin, "popped before it was pushed:", push)
        require_queue_order(pushed, popped)


def require_queue_order(pushed, popped):
    for producer in {push.client for push in pushed}:
        own = [popped[push.argument] for push in pushed if push.client == producer]
        require_real_time_order(own)
