"""Keys and their values: SET, GET, CHECK, DELETE_KEY, APPEND, GETNUMKEYS, LIST_KEYS, PING."""

import pytest

from support import wire

EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize("nonce", [0, 1, 0x01020304, 0xFFFFFFFF], ids=hex)
def test_ping_replies_the_same_nonce(client, nonce):
    client.send(wire.ping(nonce))
    assert client.read(4) == wire.u32(nonce)


def test_set_has_no_reply(client, key):
    client.set(key, "value")
    client.assert_nothing_to_read()


def test_get_replies_the_value_that_was_set(client, other, key):
    client.set(key, "value")
    assert client.get(key) == b"value"
    assert other.get(key) == b"value"


def test_set_replaces_the_value(client, key):
    client.set(key, "a longer value")
    client.set(key, "short")
    assert client.get(key) == b"short"


def test_get_of_a_missing_key_replies_an_empty_blob_immediately(client, key):
    assert client.get(key) == b""
    assert client.check(key) == wire.NOT_READY


def test_set_of_an_empty_value_makes_the_key_exist(client, key):
    client.set(key, "")
    assert client.get(key) == b""
    assert client.check(key) == wire.READY


def test_keys_and_values_hold_every_byte(client, key):
    client.set(key + EVERY_BYTE, EVERY_BYTE)
    assert client.get(key + EVERY_BYTE) == EVERY_BYTE
    assert client.check(key + EVERY_BYTE[:-1]) == wire.NOT_READY


def test_a_zero_byte_does_not_end_a_key(client, key):
    client.set(key + b"\0one", "1")
    client.set(key + b"\0two", "2")
    assert client.get(key + b"\0one") == b"1"
    assert client.check(key) == wire.NOT_READY


def test_set_of_the_empty_key_makes_it_exist(client):
    assert client.check("") == wire.NOT_READY
    client.set("", "value")
    assert client.get("") == b"value"
    assert client.check("") == wire.READY
    assert client.delete_key("") == 1


def test_set_of_the_longest_key_stores_it(client, key):
    longest = key.ljust(wire.MAX_KEY_BYTES, b"k")
    client.set(longest, "value")
    assert client.get(longest) == b"value"
    assert client.delete_key(longest) == 1


def test_set_of_the_longest_value_stores_it(client, key):
    longest = EVERY_BYTE * (wire.MAX_VALUE_BYTES // len(EVERY_BYTE))
    client.set(key, longest)
    assert client.get(key) == longest
    assert client.delete_key(key) == 1


def test_requests_of_one_connection_take_effect_in_order(client, key):
    client.send(*(wire.set_value(key, str(number)) + wire.get(key) for number in range(1000)))
    assert [client.read_blob() for _ in range(1000)] == [b"%d" % n for n in range(1000)]


def test_check_is_ready_when_all_keys_exist(client, key):
    client.set(key + b"1", "")
    client.set(key + b"2", "")
    assert client.check(key + b"1", key + b"2") == wire.READY
    assert client.check(key + b"1", key + b"2", key + b"3") == wire.NOT_READY
    assert client.check(key + b"3", key + b"1") == wire.NOT_READY


def test_check_of_no_keys_is_ready(client):
    assert client.check() == wire.READY


def test_check_of_the_same_key_twice_is_ready_when_it_exists(client, key):
    assert client.check(key, key) == wire.NOT_READY
    client.set(key, "")
    assert client.check(key, key) == wire.READY


def test_delete_replies_how_many_keys_it_deleted(client, key):
    assert client.delete_key(key) == 0
    client.set(key, "value")
    assert client.delete_key(key) == 1
    assert client.check(key) == wire.NOT_READY
    assert client.get(key) == b""
    assert client.delete_key(key) == 0


def test_a_deleted_key_can_be_set_again(client, key):
    client.set(key, "one")
    client.delete_key(key)
    client.set(key, "two")
    assert client.get(key) == b"two"


def test_append_to_a_missing_key_sets_it(client, key):
    client.append(key, "value")
    client.assert_nothing_to_read()
    assert client.get(key) == b"value"


def test_append_extends_the_value(client, key):
    client.set(key, "one")
    client.append(key, "")
    client.append(key, ",two")
    client.append(key, ",three")
    assert client.get(key) == b"one,two,three"


def test_append_behind_a_set_in_one_segment_extends_the_value(client, other, key):
    """The large reply ends the client's turn, so that the server keeps the rest in one buffer and
    may store the value there."""
    other.set(key + b"large", b"v" * 600_000)
    other.settle()
    client.send(wire.get(key + b"large"), wire.set_value(key, b"a" * 45_000),
                wire.append(key, b"b" * 5000), wire.ping(7), wire.get(key))
    assert len(client.read_blob()) == 600_000
    assert client.read_u32() == 7
    assert client.read_blob() == b"a" * 45_000 + b"b" * 5000


def test_append_of_nothing_makes_the_key_exist(client, key):
    client.append(key, "")
    assert client.check(key) == wire.READY


def test_get_num_keys_counts_each_key_once(client, key):
    before = client.get_num_keys()
    client.set(key + b"1", "")
    client.append(key + b"2", "")
    client.add(key + b"3", 1)
    client.set(key + b"1", "again")
    assert client.get_num_keys() == before + 3
    client.delete_key(key + b"1")
    assert client.get_num_keys() == before + 2


def test_requests_that_only_read_do_not_create_the_key(client, key):
    before = client.get_num_keys()
    client.get(key)
    client.check(key)
    client.multi_get(key)
    client.delete_key(key)
    client.compare_set(key, "expected", "desired")
    client.queue_len(key)
    client.queue_pop(key)
    client.wait(key)
    assert client.cancel_wait() == wire.WAIT_CANCELED
    assert client.get_num_keys() == before


def test_list_keys_names_each_key_once(client, key):
    names = [key + b"%d" % number for number in range(100)] + [key + EVERY_BYTE]
    for name in names:
        client.set(name, "")
    listed = client.list_keys()
    assert len(listed) == client.get_num_keys()
    assert sorted(name for name in listed if name.startswith(key)) == sorted(names)


def test_list_keys_leaves_out_deleted_keys(client, key):
    client.set(key, "")
    client.delete_key(key)
    assert key not in client.list_keys()


def test_deleting_every_other_key_keeps_the_rest(client, key):
    names = [key + b"%d" % number for number in range(1000)]
    client.send(*(wire.set_value(name, name) for name in names))
    client.send(*(wire.delete_key(name) for name in names[::2]))
    assert [client.read_i64() for _ in names[::2]] == [1] * 500
    assert client.multi_get(*names[1::2]) == names[1::2]
    assert client.multi_get(*names[::2]) == [b""] * 500
