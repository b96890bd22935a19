"""BARRIER: a counter under a key, and the clients that wait for it."""

import pytest

from support import wire

WRITES = {
    "SET": lambda client, key: client.set(key, "7"),
    "COMPARE_SET": lambda client, key: client.compare_set(key, "1", "7"),
    "COMPARE_SET that stores nothing": lambda client, key: client.compare_set(key, "9", "7"),
    "ADD": lambda client, key: client.add(key, 1),
    "APPEND": lambda client, key: client.append(key, "0"),
    "MULTI_SET": lambda client, key: client.multi_set((key, "7")),
}


@pytest.mark.parametrize("world_size", [1, 2, 5])
def test_the_last_arrival_releases_everyone_at_the_barrier(connect, at_barrier, key, world_size):
    early = [at_barrier(key, world_size) for _ in range(world_size - 1)]
    last = connect()
    last.barrier(key, world_size)
    for client in [last, *early]:
        client.assert_released()


@pytest.mark.parametrize("world_size", [1, 0, -1, -(2**63)])
def test_barrier_with_a_world_size_of_one_or_less_passes_immediately(client, key, world_size):
    client.barrier(key, world_size)
    client.assert_released()
    assert client.get(key) == b"1"


def test_get_during_a_barrier_returns_the_count_in_decimal(at_barrier, other, key):
    at_barrier(key, 3)
    assert other.get(key) == b"1"
    at_barrier(key, 3)
    assert other.get(key) == b"2"


def test_a_barrier_after_completion_passes_immediately_and_counts_on(at_barrier, connect, other,
                                                                     key):
    at_barrier(key, 2)
    for count in (2, 3, 4):
        late = connect()
        late.barrier(key, 2)
        late.assert_released()
        assert other.get(key) == b"%d" % count


def test_barrier_on_an_existing_number_counts_on_from_it(client, other, key):
    other.set(key, " 1x")
    other.settle()
    client.barrier(key, 2)
    client.assert_released()
    assert other.get(key) == b"2"


def test_barrier_makes_the_key_exist_for_check_wait_and_list_keys(at_barrier, other, key):
    at_barrier(key, 2)
    assert other.check(key) == wire.READY
    other.wait(key)
    other.assert_released()
    assert key in other.list_keys()


def test_wait_for_the_key_of_a_barrier_is_released_when_the_barrier_completes(waiting, at_barrier,
                                                                              connect, key):
    waiter = waiting(key)
    early = at_barrier(key, 2)
    waiter.assert_still_waiting()
    connect().barrier(key, 2)
    waiter.assert_released()
    early.assert_released()


def test_wait_for_several_keys_counts_a_barrier_when_it_completes(waiting, at_barrier, connect,
                                                                  other, key):
    waiter = waiting(key, key + b"2")
    at_barrier(key, 2)
    other.set(key + b"2", "")
    other.settle()
    waiter.assert_still_waiting()
    connect().barrier(key, 2)
    waiter.assert_released()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_to_the_key_releases_every_client_at_the_barrier(at_barrier, other, key, write):
    early = [at_barrier(key, 9), at_barrier(key, 9)]
    write(other, key)
    for client in early:
        client.assert_released()


def test_queue_push_to_the_name_releases_one_client_at_the_barrier(at_barrier, other, key):
    first, second = at_barrier(key, 9), at_barrier(key, 9)
    other.queue_push(key, "entry")
    other.settle()
    first.assert_released()
    second.assert_still_waiting()


def test_barrier_on_a_value_that_is_not_a_number_closes_the_client(client, other, key):
    other.set(key, "no number")
    other.settle()
    client.barrier(key, 2)
    client.assert_closed()
    assert other.get(key) == b"no number"


def test_barrier_out_of_range_closes_the_client_and_keeps_the_value(client, other, key):
    other.set(key, str(2**63 - 1))
    other.settle()
    client.barrier(key, 2)
    client.assert_closed()
    assert other.get(key) == b"%d" % (2**63 - 1)


def test_delete_during_a_barrier_restarts_the_count_and_releases_no_client(at_barrier, other,
                                                                           connect, key):
    early = at_barrier(key, 2)
    assert other.delete_key(key) == 1
    again = at_barrier(key, 2)
    early.assert_still_waiting()
    connect().barrier(key, 2)
    early.assert_released()
    again.assert_released()


def test_each_barrier_compares_the_count_with_its_own_world_size(at_barrier, connect, key):
    large = at_barrier(key, 5)
    small = connect()
    small.barrier(key, 2)
    small.assert_released()
    large.assert_released()


def test_a_barrier_with_a_larger_world_size_waits_after_a_smaller_one_passed(at_barrier, connect,
                                                                             key):
    connect().barrier(key, 1)
    large = at_barrier(key, 3)
    connect().barrier(key, 3)
    large.assert_released()


def test_completing_one_barrier_leaves_another_waiting(at_barrier, connect, key):
    one, two = at_barrier(key + b"1", 2), at_barrier(key + b"2", 2)
    connect().barrier(key + b"1", 2)
    one.assert_released()
    two.assert_still_waiting()


def test_requests_of_a_client_at_a_barrier_are_answered(at_barrier, connect, key):
    client = at_barrier(key, 2)
    client.set(key + b"2", "value")
    assert client.get(key + b"2") == b"value"
    connect().barrier(key, 2)
    client.assert_released()


def test_a_released_client_can_join_the_next_barrier(client, other, key):
    for number in range(3):
        client.barrier(key + b"%d" % number, 2)
        client.assert_still_waiting()
        other.barrier(key + b"%d" % number, 2)
        client.assert_released()
        other.assert_released()


def test_cancel_wait_at_a_barrier_replies_wait_canceled(at_barrier, key):
    assert at_barrier(key, 2).cancel_wait() == wire.WAIT_CANCELED


def test_cancel_wait_at_a_barrier_decrements_the_count(at_barrier, other, key):
    cancels = at_barrier(key, 3)
    stays = at_barrier(key, 3)
    assert cancels.cancel_wait() == wire.WAIT_CANCELED
    assert other.get(key) == b"1"
    stays.assert_still_waiting()


def test_cancel_wait_by_the_only_client_leaves_a_count_of_zero(at_barrier, other, key):
    at_barrier(key, 2).cancel_wait()
    assert other.get(key) == b"0"


def test_a_retry_after_cancel_wait_does_not_release_the_others_early(at_barrier, connect, key):
    early = at_barrier(key, 3)
    retries = at_barrier(key, 3)
    retries.cancel_wait()
    retries.barrier(key, 3)
    retries.assert_still_waiting()
    early.assert_still_waiting()
    connect().barrier(key, 3)
    early.assert_released()
    retries.assert_released()


@pytest.mark.parametrize("end", ["leave", "reset"])
def test_a_lost_connection_at_a_barrier_decrements_the_count(at_barrier, connect, other, key, end):
    early = at_barrier(key, 3)
    lost = at_barrier(key, 3)
    getattr(lost, end)()
    other.settle()
    assert other.get(key) == b"1"
    comes_back = at_barrier(key, 3)
    early.assert_still_waiting()
    connect().barrier(key, 3)
    early.assert_released()
    comes_back.assert_released()


def test_a_client_closed_for_an_error_at_a_barrier_decrements_the_count(at_barrier, other, key):
    client = at_barrier(key, 2)
    client.send(b"\xff")
    client.assert_closed()
    other.settle()
    assert other.get(key) == b"0"


def test_cancel_wait_at_a_barrier_releases_no_other_client(waiting, at_barrier, key):
    waiter = waiting(key)
    at_barrier(key, 2).cancel_wait()
    waiter.assert_still_waiting()


def test_cancel_wait_after_delete_does_not_create_the_key(at_barrier, other, key):
    client = at_barrier(key, 2)
    other.delete_key(key)
    assert client.cancel_wait() == wire.WAIT_CANCELED
    assert other.check(key) == wire.NOT_READY


def test_cancel_wait_after_a_restarted_count_keeps_the_count(at_barrier, other, key):
    client = at_barrier(key, 3)
    other.delete_key(key)
    at_barrier(key, 3)
    assert client.cancel_wait() == wire.WAIT_CANCELED
    assert other.get(key) == b"1"


def test_cancel_wait_after_a_write_to_the_key_keeps_the_value(at_barrier, other, key):
    """The write has released the client, so its CANCEL_WAIT no longer decrements the count."""
    client = at_barrier(key, 3)
    other.set(key, "2")
    other.settle()
    client.send(wire.cancel_wait())
    assert client.read(2) == bytes([wire.STOP_WAITING, wire.WAIT_CANCELED])
    assert other.get(key) == b"2"


def test_cancel_wait_and_disconnecting_after_the_release_keep_the_count(at_barrier, connect, other,
                                                                        key):
    early = at_barrier(key, 2)
    connect().barrier(key, 2)
    early.assert_released()
    assert early.cancel_wait() == wire.WAIT_CANCELED
    early.leave()
    other.settle()
    assert other.get(key) == b"2"


@pytest.mark.parametrize("second", ["WAIT", "BARRIER"])
@pytest.mark.parametrize("first", ["WAIT", "BARRIER"])
def test_a_second_wait_or_barrier_while_one_is_pending_closes_the_client(client, other, key, first,
                                                                         second):
    """The second would be satisfied immediately if the server accepted it."""
    other.set(key + b"2", "0")
    other.settle()
    client.send({"WAIT": wire.wait([key]), "BARRIER": wire.barrier(key, 2)}[first])
    client.send({"WAIT": wire.wait([key + b"2"]), "BARRIER": wire.barrier(key + b"2", 1)}[second])
    client.assert_closed()
    other.settle()
    assert other.get(key + b"2") == b"0"
