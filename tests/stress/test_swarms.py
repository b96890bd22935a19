"""Many clients that connect, wait and disconnect at the same time."""

import resource

import pytest

from attacked import MIB, memory_of
from support import wire
from support.client import ConnectionLost
from support.servers import is_sanitized
from support.waiting import wait_until


def test_ten_thousand_clients_that_vanish_are_closed(attacked, swarm, feasible):
    """They belong to a process that is killed, and half of them wait."""
    at = attacked()
    count = feasible(at, 10_000)
    process = swarm(at, count, "never")
    assert at.descriptors() == at.idle_descriptors + count
    process.kill()
    at.wait_until_clients_are_closed()
    other = at.connect()
    other.set("never", "value")
    assert other.get("never") == b"value"


def test_memory_stays_flat_as_many_clients_come_and_go(attacked, swarm, feasible):
    at = attacked()
    count = feasible(at, 1500)
    memory = None
    for _ in range(6):
        process = swarm(at, count, "never")
        process.kill()
        at.wait_until_clients_are_closed()
        memory = memory or at.memory()
    if not at.sanitized:
        assert at.memory() < memory * 1.2, "memory grows with every swarm"


def test_memory_returns_to_the_system_when_the_last_client_leaves(tcpstored):
    """In the heap, the freed values are followed by values that are still stored."""
    if is_sanitized():
        pytest.skip("sanitizers replace the heap")
    server, connect = tcpstored()
    first = connect()
    for number in range(200):
        first.set(f"large {number}", b"v" * (MIB // 3))
    others = [connect() for _ in range(300)]
    for number, other in enumerate(others):
        other.set(f"small {number}", "value")
        other.ping()
    for number in range(200):
        first.delete_key(f"large {number}")
    for client in others + [first]:
        client.close()

    def memory_is_small_again():
        return memory_of(server.process) < 20 * MIB

    wait_until(memory_is_small_again)


def test_one_set_releases_thousands_of_waits(attacked, swarm, feasible):
    at = attacked()
    process = swarm(at, feasible(at, 10_000), "go")
    at.connect().set("go", "now")
    assert process.stdout.readline() == "released\n"


def test_accepting_resumes_when_descriptors_are_free_again(attacked):
    """Accepted clients are served meanwhile, and the others are accepted as these disconnect."""
    at = attacked()
    accepted = [at.connect() for _ in range(50)]
    for client in accepted:
        client.ping()
    used = at.descriptors()
    resource.prlimit(at.process.pid, resource.RLIMIT_NOFILE, (used, used))
    pending = [at.connect() for _ in range(200)]
    for client in pending:
        client.send(wire.add("count", 1))
    at.server.log.wait_for("event=accept-paused ")
    for client in accepted:
        client.ping()
        client.close()
    numbers = []
    for client in pending:
        numbers.append(client.read_i64())
        client.close()
    assert sorted(numbers) == list(range(1, len(pending) + 1))


def test_clients_over_max_memory_are_closed_and_memory_is_free_again(attacked):
    """A hundred greedy clients exhaust the memory; it is free again once they are closed and their
    keys are deleted."""
    at = attacked(operations="reads")
    other = at.connect()
    greedy = [at.connect() for _ in range(100)]
    value = b"v" * MIB
    names = [f"{number}/{turn}" for number in range(len(greedy)) for turn in range(3)]
    for client, name in zip(greedy * 3, names):
        try:
            client.send(wire.set_value(name, value), wire.append("sum", value[:1000]))
        except ConnectionLost:
            continue
    at.server.log.wait_for("event=client-closed ", "out of memory")
    deleted = sum(other.delete_key(name) for name in names)
    assert 0 < deleted < len(names)
    other.set("again", value)
    assert other.get("again") == value


def test_waits_over_max_memory_close_the_client(attacked):
    at = attacked(operations="reads", cap=4 * MIB)
    for number in range(30):
        client = at.connect()
        try:
            client.wait(*(f"{number}/{key}" for key in range(20_000)))
            client.ping()
        except ConnectionLost:
            break
    else:
        raise AssertionError("600,000 waits fit in 4 MiB")
    at.server.log.wait_for("event=client-closed ", "memory")


def test_sigterm_under_full_load_stops_the_server(attacked, swarm, feasible):
    """With waits, unfinished requests and unread replies, it exits with status 0."""
    at = attacked()
    swarm(at, feasible(at, 2000), "never")
    other, clients = at.connect(), [at.connect() for _ in range(100)]
    other.set("large", b"v" * MIB)
    other.settle()
    for client in clients[:50]:
        client.send(wire.set_value("key", b"v" * MIB)[:MIB // 2])
    at.finish()
    for client in clients[50:]:
        client.send(wire.get("large") * 1000)
    at.process.terminate()
    assert at.process.wait(20) == 0
    assert "event=stopped" in at.server.log.whole()
