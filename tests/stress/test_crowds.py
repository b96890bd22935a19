"""Very many clients, that come and go at once."""

import resource

import pytest

from attacked import MIB, memory_of
from support import wire
from support.client import ConnectionLost
from support.servers import is_sanitized
from support.waiting import wait_until


def test_a_crowd_that_vanishes(attacked, crowd, many):
    """Ten thousand connections of a process that is killed, half of them waiting."""
    at = attacked()
    count = many(at, 10_000)
    process = crowd(at, count, "never")
    assert at.descriptors() == at.descriptors_at_first + count
    process.kill()
    at.wait_until_all_have_gone()
    other = at.connect()
    other.set("never", "value")
    assert other.get("never") == b"value"


def test_crowds_that_come_and_go(attacked, crowd, many):
    at = attacked()
    count = many(at, 1500)
    memory = None
    for _ in range(6):
        process = crowd(at, count, "never")
        process.kill()
        at.wait_until_all_have_gone()
        memory = memory or at.memory()
    if not at.sanitized:
        assert at.memory() < memory * 1.2, "memory grows with every crowd"


def test_memory_goes_back_when_all_have_left(tcpstored):
    """What is still there lies in the heap behind what has been freed."""
    if is_sanitized():
        pytest.skip("sanitizers have a heap of their own")
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


def test_a_crowd_released_at_once(attacked, crowd, many):
    at = attacked()
    process = crowd(at, many(at, 10_000), "go")
    at.connect().set("go", "now")
    assert process.stdout.readline() == "released\n"


def test_a_full_descriptor_table(attacked):
    """Who is inside is served; who is outside waits, and comes in as others leave."""
    at = attacked()
    inside = [at.connect() for _ in range(50)]
    for client in inside:
        client.ping()
    used = at.descriptors()
    resource.prlimit(at.process.pid, resource.RLIMIT_NOFILE, (used, used))
    outside = [at.connect() for _ in range(200)]
    for client in outside:
        client.send(wire.add("came in", 1))
    at.server.log.wait_for("event=accept-paused ")
    for client in inside:
        client.ping()
        client.close()
    numbers = []
    for client in outside:
        numbers.append(client.read_i64())
        client.close()
    assert sorted(numbers) == list(range(1, len(outside) + 1))


def test_memory_is_refused(attacked):
    """A hundred greedy clients take all there is; the healthy one has its answers, and there is
    memory again when they have been closed and their keys are gone."""
    at = attacked(asks="reading")
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


def test_waits_that_take_all_memory(attacked):
    at = attacked(asks="reading", cap=4 * MIB)
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


def test_a_stop_under_full_load(attacked, crowd, many):
    """It ends with status 0, at once, whatever is under way."""
    at = attacked()
    crowd(at, many(at, 2000), "never")
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
