"""Clients on three hosts, each request of which counts once, while links and processes fail."""

from collections import Counter

from checkers import (Violation, check_answers, check_barriers, check_counters, check_queues,
                      check_waits)
from faults import Driver
from history import Recorder
from registers import check_registers
from roles import COUNTERS, QUEUES, ROLES, meet, pop
from support.client import ConnectionLost, NoReply
from support.waiting import wait_until

SECONDS = 30


def drain_queues(client):
    recorder = Recorder("drain")
    for key in QUEUES:
        while pop(client, recorder, key):
            pass
    return recorder.operations()


def violations(operations, sums, sites):
    """What each checker that found something says. Most need to know when an operation has ended."""
    answered = [operation for operation in operations if operation.end is not None]
    found = []
    for check in (lambda: check_answers(operations),
                  lambda: check_counters(answered, sums),
                  lambda: check_registers(answered),
                  lambda: check_waits(answered),
                  lambda: check_barriers(answered, ROLES[meet] * sites),
                  lambda: check_queues(answered)):
        try:
            check()
        except Violation as violation:
            found.append(str(violation))
    return found


def drive(cluster, loads, seed):
    """What the load complains of, while and after everything has failed in turn."""
    failures = []
    try:
        Driver(cluster, seed, print).run()
    except (ConnectionLost, NoReply) as error:
        failures.append(f"the witness: {error}")
    for load in loads:
        load.end()
    return failures + [failure for load in loads if (failure := load.failures())]


def test_nothing_is_lost_or_doubled_while_links_and_processes_fail(cluster, loads, seed):
    print(f"--seed {seed}")
    failures = drive(cluster, loads, seed)
    operations = [operation for load in loads for operation in load.history()]
    client = cluster.store.join(SECONDS)
    operations += drain_queues(client)
    sums = {key: int(client.get(key)) for key in COUNTERS}
    client.close()
    wait_until(lambda: not cluster.store.items("clients") and not cluster.store.items("waits"), SECONDS)
    print(Counter(operation.kind for operation in operations))
    failures += violations(operations, sums, len(cluster.sites))
    assert not failures, "\n".join(failures)
    for node in cluster.nodes:
        assert node.server.log.lines_with("event=upstream-lost"), "no link was broken"
        assert not node.server.log.lines_with("event=relay-forgotten")
