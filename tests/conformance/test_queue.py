"""QUEUE_PUSH, QUEUE_POP and QUEUE_LEN."""

from support import wire


def test_push_has_no_reply(client, key):
    client.queue_push(key, "entry")
    client.assert_nothing_to_read()


def test_pop_replies_the_previous_length_and_the_oldest_entry(client, other, key):
    for entry in ("one", "", "three"):
        client.queue_push(key, entry)
    client.settle()
    assert other.queue_pop(key) == (3, b"one")
    assert other.queue_pop(key) == (2, b"")
    assert other.queue_pop(key) == (1, b"three")
    assert other.queue_pop(key) == (0,)


def test_pop_of_a_missing_or_drained_queue_replies_zero_and_no_blob(client, key):
    client.send(wire.queue_pop(key))
    assert client.read(8) == wire.i64(0)
    client.assert_nothing_to_read()
    client.queue_push(key, "entry")
    client.queue_pop(key)
    client.send(wire.queue_pop(key))
    assert client.read(8) == wire.i64(0)
    client.assert_nothing_to_read()


def test_len_counts_entries(client, key):
    assert client.queue_len(key) == 0
    client.queue_push(key, "")
    client.queue_push(key, "two")
    assert client.queue_len(key) == 2
    client.queue_pop(key)
    assert client.queue_len(key) == 1
    client.queue_pop(key)
    assert client.queue_len(key) == 0


def test_push_to_a_drained_queue_fills_it_again(client, key):
    for entry in (b"one", b"two", b"three"):
        client.queue_push(key, entry)
        assert client.queue_pop(key) == (1, entry)


def test_a_thousand_entries_keep_their_order(client, key):
    client.send(*(wire.queue_push(key, str(number)) for number in range(1000)))
    assert [client.queue_pop(key) for _ in range(1000)] == [
        (1000 - number, b"%d" % number) for number in range(1000)]


def test_an_entry_may_hold_every_byte(client, key):
    entry = bytes(range(256))
    client.queue_push(key, entry)
    assert client.queue_pop(key) == (1, entry)


def test_a_queue_with_an_entry_exists_for_check(client, key):
    client.queue_push(key, "")
    assert client.check(key) == wire.READY
    client.queue_pop(key)
    assert client.check(key) == wire.NOT_READY


def test_a_queue_with_an_entry_exists_for_wait(client, key):
    client.queue_push(key, "")
    client.wait(key)
    client.assert_released()


def test_get_num_keys_list_keys_delete_and_get_ignore_queues(client, key):
    before = client.get_num_keys()
    client.queue_push(key, "entry")
    assert client.get_num_keys() == before
    assert key not in client.list_keys()
    assert client.get(key) == b""
    assert client.multi_get(key) == [b""]
    assert client.delete_key(key) == 0
    assert client.queue_len(key) == 1


def test_a_queue_and_a_key_with_the_same_name_are_independent(client, key):
    client.set(key, "value")
    assert client.queue_len(key) == 0
    assert client.queue_pop(key) == (0,)
    client.queue_push(key, "entry")
    client.append(key, ",more")
    assert client.get(key) == b"value,more"
    assert client.queue_len(key) == 1
    assert client.delete_key(key) == 1
    assert client.check(key) == wire.READY
    assert client.queue_pop(key) == (1, b"entry")
    assert client.check(key) == wire.NOT_READY


def test_a_push_releases_only_the_longest_wait(waiting, other, key):
    waiters = [waiting(key) for _ in range(3)]
    for released, waiter in enumerate(waiters):
        other.queue_push(key, "entry")
        other.settle()
        waiter.assert_released()
        for still in waiters[released + 1:]:
            still.assert_still_waiting()


def test_a_set_releases_every_wait_for_a_queue(waiting, other, key):
    waiters = [waiting(key) for _ in range(3)]
    other.set(key, "value")
    for waiter in waiters:
        waiter.assert_released()


def test_two_pushes_release_a_single_wait_once(waiting, other, key):
    waiter = waiting(key)
    other.queue_push(key, "one")
    other.queue_push(key, "two")
    other.settle()
    waiter.assert_released()


def test_a_push_passes_over_a_wait_that_misses_another_key(waiting, other, key):
    partly = waiting(key, key + b"2")
    waiter = waiting(key)
    other.queue_push(key, "entry")
    other.settle()
    waiter.assert_released()
    partly.assert_still_waiting()


def test_a_wait_that_was_passed_over_no_longer_misses_the_queue(waiting, other, key):
    partly = waiting(key, key + b"2")
    waiting(key)
    other.queue_push(key, "entry")
    assert other.queue_pop(key) == (1, b"entry")
    other.set(key + b"2", "")
    partly.assert_released()


def test_a_push_does_not_count_for_waits_after_the_one_it_releases(waiting, other, key):
    first = waiting(key)
    partly = waiting(key, key + b"2")
    other.queue_push(key, "entry")
    other.settle()
    first.assert_released()
    other.queue_pop(key)
    other.set(key + b"2", "")
    other.settle()
    partly.assert_still_waiting()
    other.queue_push(key, "entry")
    partly.assert_released()


def test_a_push_after_cancel_wait_releases_the_next_wait(waiting, other, key):
    first, second = waiting(key), waiting(key)
    assert first.cancel_wait() == wire.WAIT_CANCELED
    other.queue_push(key, "entry")
    second.assert_released()
    first.assert_nothing_to_read()


def test_a_push_after_a_disconnect_releases_the_next_wait(waiting, other, key):
    first, second = waiting(key), waiting(key)
    first.leave()
    other.settle()
    other.queue_push(key, "entry")
    second.assert_released()


def test_a_wait_for_several_queues_is_released_when_each_has_an_entry(waiting, other, key):
    waiter = waiting(key + b"1", key + b"2")
    other.queue_push(key + b"2", "entry")
    other.settle()
    waiter.assert_still_waiting()
    other.queue_push(key + b"1", "entry")
    waiter.assert_released()


def test_a_push_after_the_release_does_not_count_for_a_new_wait(client, other, key):
    client.wait(key + b"queue")
    client.assert_still_waiting()
    other.queue_push(key + b"queue", "entry")
    client.assert_released()
    assert client.queue_pop(key + b"queue") == (1, b"entry")
    client.wait(key + b"2")
    client.assert_still_waiting()
    other.queue_push(key + b"queue", "entry")
    other.settle()
    client.assert_still_waiting()


def test_a_push_after_an_earlier_release_releases_the_next_wait(client, waiting, other, key):
    client.wait(key)
    client.assert_still_waiting()
    other.queue_push(key, "entry")
    client.assert_released()
    client.queue_pop(key)
    second = waiting(key)
    other.queue_push(key, "entry")
    other.settle()
    second.assert_released()
    client.assert_nothing_to_read()


def test_wait_for_a_ready_queue_and_a_missing_key_waits_only_for_the_key(waiting, other, key):
    other.queue_push(key + b"queue", "entry")
    other.settle()
    waiter = waiting(key + b"queue", key + b"2")
    other.set(key + b"2", "")
    waiter.assert_released()


def test_a_push_releases_a_wait_that_names_the_queue_twice(waiting, other, key):
    waiter = waiting(key, key)
    other.queue_push(key, "entry")
    waiter.assert_released()


def test_wait_then_pop_gets_the_entry_that_released_the_wait(client, other, key):
    client.wait(key)
    client.assert_still_waiting()
    other.queue_push(key, "entry")
    client.assert_released()
    assert client.queue_pop(key) == (1, b"entry")
