"""WAIT and CANCEL_WAIT."""

import pytest

from support import wire

WRITES = {
    "SET": lambda client, key: client.set(key, "1"),
    "COMPARE_SET": lambda client, key: client.compare_set(key, "", "1"),
    "ADD": lambda client, key: client.add(key, 1),
    "APPEND": lambda client, key: client.append(key, "1"),
    "MULTI_SET": lambda client, key: client.multi_set((key, "1")),
}


def test_wait_for_no_keys_is_satisfied_at_once(client):
    client.wait()
    client.assert_released()


def test_wait_for_existing_keys_is_satisfied_at_once(client, key):
    client.set(key + b"1", "")
    client.add(key + b"2", 0)
    client.wait(key + b"1", key + b"2")
    client.assert_released()


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_wakes_all_who_wait_on_the_key(waiting, other, key, write):
    waiters = [waiting(key) for _ in range(3)]
    write(other, key)
    for waiter in waiters:
        waiter.assert_released()


def test_a_write_to_another_key_wakes_nobody(waiting, other, key):
    waiter = waiting(key)
    other.set(key + b"2", "")
    other.settle()
    waiter.assert_still_waiting()


def test_released_when_every_key_exists(waiting, other, key):
    other.set(key + b"there", "")
    waiter = waiting(key + b"1", key + b"there", key + b"2", key + b"3")
    for name in (b"2", b"1"):
        other.set(key + name, "")
        other.settle()
        waiter.assert_still_waiting()
    other.set(key + b"3", "")
    waiter.assert_released()


def test_setting_one_key_twice_does_not_count_twice(waiting, other, key):
    waiter = waiting(key + b"1", key + b"2")
    other.set(key + b"1", "")
    other.set(key + b"1", "")
    other.settle()
    waiter.assert_still_waiting()


def test_the_same_key_twice_in_one_wait(waiting, other, key):
    waiter = waiting(key, key)
    other.set(key, "")
    waiter.assert_released()


def test_the_same_key_twice_and_another(waiting, other, key):
    waiter = waiting(key, key + b"2", key)
    other.set(key, "")
    other.settle()
    waiter.assert_still_waiting()
    other.set(key + b"2", "")
    waiter.assert_released()


def test_a_key_deleted_during_the_wait_stays_ticked_off(waiting, other, key):
    waiter = waiting(key + b"x", key + b"y")
    other.set(key + b"x", "")
    assert other.delete_key(key + b"x") == 1
    other.set(key + b"y", "")
    waiter.assert_released()


def test_a_compare_set_that_stores_nothing_wakes_all_the_same(waiting, other, key):
    waiter = waiting(key)
    assert other.compare_set(key, "expected", "desired") == b"expected"
    waiter.assert_released()
    assert other.check(key) == wire.NOT_READY


def test_deleting_wakes_nobody(waiting, other, key):
    waiter = waiting(key)
    assert other.delete_key(key) == 0
    waiter.assert_still_waiting()


def test_other_requests_of_a_waiting_client_are_answered_in_order(client, other, key):
    client.wait(key)
    client.set(key + b"2", "value")
    client.send(wire.get(key + b"2"), wire.add(key + b"3", 4), wire.check([key]), wire.ping(5))
    assert client.read_blob() == b"value"
    assert client.read_i64() == 4
    assert client.read_u8() == wire.NOT_READY
    assert client.read_u32() == 5
    other.set(key, "")
    client.assert_released()


def test_a_client_can_release_itself(client, key):
    client.wait(key)
    client.set(key, "value")
    client.assert_released()
    assert client.get(key) == b"value"


def test_a_client_that_releases_itself_reads_of_that_first(client, key):
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


def test_a_released_client_is_registered_nowhere(client, other, key):
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


def test_wait_then_get_in_one_segment_gets_now(client, key):
    """GET never blocks, not even behind a wait."""
    client.send(wire.wait([key]), wire.get(key))
    assert client.read_blob() == b""


def test_cancel_answers_wait_canceled(client, other, key):
    client.wait(key)
    assert client.cancel_wait() == wire.WAIT_CANCELED
    other.set(key, "")
    other.settle()
    client.assert_nothing_to_read()


def test_cancel_without_a_wait_answers_wait_canceled(client):
    assert client.cancel_wait() == wire.WAIT_CANCELED
    assert client.cancel_wait() == wire.WAIT_CANCELED
    client.assert_nothing_to_read()


def test_cancel_that_crosses_the_release(client, other, key):
    client.wait(key)
    client.assert_still_waiting()
    other.set(key, "")
    other.settle()
    client.send(wire.cancel_wait())
    assert client.read(2) == bytes([wire.STOP_WAITING, wire.WAIT_CANCELED])
    client.assert_nothing_to_read()


def test_cancel_behind_a_satisfied_wait_in_one_segment(client, key):
    client.set(key, "")
    client.send(wire.wait([key]), wire.cancel_wait())
    assert client.read(2) == bytes([wire.STOP_WAITING, wire.WAIT_CANCELED])


def test_cancel_leaves_the_others_waiting(waiting, other, key):
    waiters = [waiting(key, key + b"2") for _ in range(3)]
    assert waiters[1].cancel_wait() == wire.WAIT_CANCELED
    other.multi_set((key, ""), (key + b"2", ""))
    waiters[0].assert_released()
    waiters[2].assert_released()
    waiters[1].assert_nothing_to_read()


def test_a_wait_can_follow_a_cancelled_one(client, other, key):
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
def test_a_waiter_that_goes_away_harms_nobody(waiting, other, key, end):
    gone = waiting(key, key + b"2")
    staying = waiting(key)
    getattr(gone, end)()
    other.settle()
    other.set(key, "")
    other.set(key + b"2", "")
    staying.assert_released()
    other.ping()


def test_a_second_wait_while_one_is_pending_closes(client, other, key):
    client.wait(key + b"1")
    client.send(wire.wait([key + b"2"]))
    client.assert_closed()
    other.ping()


def test_a_second_wait_closes_even_if_it_could_be_satisfied(client, other, key):
    other.set(key + b"2", "")
    other.settle()
    client.wait(key + b"1")
    client.send(wire.wait([key + b"2"]))
    client.assert_closed()


def test_a_waiter_closed_for_an_error_no_longer_waits(client, other, key):
    client.wait(key)
    client.send(b"\xff")
    client.assert_closed()
    other.set(key, "")
    other.ping()


def test_three_hundred_waiters_are_released_by_one_set(waiting, other, key):
    waiters = [waiting(key) for _ in range(300)]
    other.set(key, "")
    for waiter in waiters:
        waiter.assert_released()
