"""WAIT and CANCEL_WAIT."""

import pytest

from support import wire

WRITES = {
    "SET": lambda client, key: client.set(key, "1"),
    "COMPARE_SET": lambda client, key: client.compare_set(key, "", "1"),
    "ADD": lambda client, key: client.add(key, 1),
    "ADD of 0": lambda client, key: client.add(key, 0),
    "APPEND": lambda client, key: client.append(key, "1"),
    "APPEND of nothing": lambda client, key: client.append(key, ""),
    "MULTI_SET": lambda client, key: client.multi_set((key, "1")),
}


def test_wait_for_no_keys_is_satisfied_immediately(client):
    client.wait()
    client.assert_released()


def test_wait_for_existing_keys_is_satisfied_immediately(client, key):
    client.set(key + b"1", "")
    client.add(key + b"2", 0)
    client.wait(key + b"1", key + b"2")
    client.assert_released()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_releases_every_wait_for_the_key(waiting, other, key, write):
    waiters = [waiting(key) for _ in range(3)]
    write(other, key)
    for waiter in waiters:
        waiter.assert_released()


def test_a_write_to_another_key_releases_no_wait(waiting, other, key):
    waiter = waiting(key)
    other.set(key + b"2", "")
    other.settle()
    waiter.assert_still_waiting()


def test_a_wait_for_several_keys_is_released_when_every_key_exists(waiting, other, key):
    other.set(key + b"there", "")
    waiter = waiting(key + b"1", key + b"there", key + b"2", key + b"3")
    for name in (b"2", b"1"):
        other.set(key + name, "")
        other.settle()
        waiter.assert_still_waiting()
    other.set(key + b"3", "")
    waiter.assert_released()


def test_two_sets_of_one_key_count_once_for_a_wait(waiting, other, key):
    waiter = waiting(key + b"1", key + b"2")
    other.set(key + b"1", "")
    other.set(key + b"1", "")
    other.settle()
    waiter.assert_still_waiting()


def test_a_wait_that_names_a_key_twice_is_released_by_one_set(waiting, other, key):
    waiter = waiting(key, key)
    other.set(key, "")
    waiter.assert_released()


def test_a_wait_that_names_a_key_twice_and_another_needs_both_keys(waiting, other, key):
    waiter = waiting(key, key + b"2", key)
    other.set(key, "")
    other.settle()
    waiter.assert_still_waiting()
    other.set(key + b"2", "")
    waiter.assert_released()


def test_a_key_set_and_deleted_during_a_wait_still_counts(waiting, other, key):
    waiter = waiting(key + b"x", key + b"y")
    other.set(key + b"x", "")
    assert other.delete_key(key + b"x") == 1
    other.set(key + b"y", "")
    waiter.assert_released()


def test_a_compare_set_that_stores_nothing_releases_the_wait(waiting, other, key):
    waiter = waiting(key)
    assert other.compare_set(key, "expected", "desired") == b"expected"
    waiter.assert_released()
    assert other.check(key) == wire.NOT_READY


def test_delete_releases_no_wait(waiting, other, key):
    waiter = waiting(key)
    assert other.delete_key(key) == 0
    waiter.assert_still_waiting()


def test_requests_of_a_waiting_client_are_answered_in_order(client, other, key):
    client.wait(key)
    client.set(key + b"2", "value")
    client.send(wire.get(key + b"2"), wire.add(key + b"3", 4), wire.check([key]), wire.ping(5))
    assert client.read_blob() == b"value"
    assert client.read_i64() == 4
    assert client.read_u8() == wire.NOT_READY
    assert client.read_u32() == 5
    other.set(key, "")
    client.assert_released()


def test_a_write_to_the_awaited_key_releases_the_writers_own_wait(client, key):
    client.wait(key)
    client.set(key, "value")
    client.assert_released()
    assert client.get(key) == b"value"


def test_the_release_of_the_writers_own_wait_precedes_the_reply(client, key):
    client.wait(key + b"1")
    client.send(wire.add(key + b"1", 5))
    assert client.read(9) == bytes([wire.STOP_WAITING]) + wire.i64(5)
    client.wait(key + b"2")
    client.send(wire.compare_set(key + b"2", "", "value"))
    assert client.read(14) == bytes([wire.STOP_WAITING]) + wire.blob("value")


def test_a_released_client_can_wait_again(client, other, key):
    for name in (key + b"1", key + b"2", key + b"3"):
        client.wait(name)
        client.assert_still_waiting()
        other.set(name, "")
        client.assert_released()


def test_a_write_after_the_release_does_not_count_for_a_new_wait(client, other, key):
    client.wait(key + b"1")
    client.assert_still_waiting()
    other.set(key + b"1", "")
    client.assert_released()
    other.delete_key(key + b"1")
    client.wait(key + b"2")
    client.assert_still_waiting()
    other.set(key + b"1", "")
    other.settle()
    client.assert_still_waiting()


def test_get_behind_a_pending_wait_is_answered_immediately(client, key):
    client.send(wire.wait([key]), wire.get(key))
    assert client.read_blob() == b""


def test_cancel_wait_replies_wait_canceled_and_ends_the_wait(client, other, key):
    client.wait(key)
    assert client.cancel_wait() == wire.WAIT_CANCELED
    other.set(key, "")
    other.settle()
    client.assert_nothing_to_read()


def test_cancel_wait_without_a_wait_replies_wait_canceled(client):
    assert client.cancel_wait() == wire.WAIT_CANCELED
    assert client.cancel_wait() == wire.WAIT_CANCELED
    client.assert_nothing_to_read()


def test_cancel_wait_that_crosses_the_release_gets_both_replies(client, other, key):
    client.wait(key)
    client.assert_still_waiting()
    other.set(key, "")
    other.settle()
    client.send(wire.cancel_wait())
    assert client.read(2) == bytes([wire.STOP_WAITING, wire.WAIT_CANCELED])
    client.assert_nothing_to_read()


def test_cancel_wait_after_a_satisfied_wait_gets_both_replies(client, key):
    client.set(key, "")
    client.send(wire.wait([key]), wire.cancel_wait())
    assert client.read(2) == bytes([wire.STOP_WAITING, wire.WAIT_CANCELED])


def test_cancel_wait_leaves_other_waits_pending(waiting, other, key):
    waiters = [waiting(key, key + b"2") for _ in range(3)]
    assert waiters[1].cancel_wait() == wire.WAIT_CANCELED
    other.multi_set((key, ""), (key + b"2", ""))
    waiters[0].assert_released()
    waiters[2].assert_released()
    waiters[1].assert_nothing_to_read()


def test_a_wait_after_cancel_wait_waits_only_for_its_own_keys(client, other, key):
    client.wait(key + b"1", key + b"2")
    assert client.cancel_wait() == wire.WAIT_CANCELED
    client.wait(key + b"2", key + b"3")
    other.set(key + b"1", "")
    other.set(key + b"2", "")
    other.settle()
    client.assert_still_waiting()
    other.set(key + b"3", "")
    client.assert_released()


@pytest.mark.parametrize("end", ["leave", "reset"])
def test_a_write_after_a_waiting_client_left_releases_the_others(waiting, other, key, end):
    gone = waiting(key, key + b"2")
    staying = waiting(key)
    getattr(gone, end)()
    other.settle()
    other.set(key, "")
    other.set(key + b"2", "")
    staying.assert_released()
    other.ping()


def test_a_second_wait_while_one_is_pending_closes_the_client(client, other, key):
    client.wait(key + b"1")
    client.send(wire.wait([key + b"2"]))
    client.assert_closed()
    other.ping()


def test_a_second_wait_for_an_existing_key_closes_the_client(client, other, key):
    other.set(key + b"2", "")
    other.settle()
    client.wait(key + b"1")
    client.send(wire.wait([key + b"2"]))
    client.assert_closed()


def test_a_write_after_a_waiting_client_was_closed_for_an_error_is_harmless(client, other, key):
    client.wait(key)
    client.send(b"\xff")
    client.assert_closed()
    other.set(key, "")
    other.ping()


def test_one_set_releases_three_hundred_waits(waiting, other, key):
    waiters = [waiting(key) for _ in range(300)]
    other.set(key, "")
    for waiter in waiters:
        waiter.assert_released()
