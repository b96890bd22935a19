"""MULTI_GET and MULTI_SET: many keys in one atomic request."""

from support import wire


def test_multi_get_replies_in_order_without_a_count(client, key):
    client.set(key + b"1", "one")
    client.set(key + b"2", "two")
    client.send(wire.multi_get([key + b"2", key + b"missing", key + b"1", key + b"2"]))
    assert client.read(4 * 8 + 9) == b"".join(map(wire.blob, ["two", "", "one", "two"]))
    client.assert_nothing_to_read()


def test_multi_get_of_no_keys_has_no_reply(client):
    client.send(wire.multi_get([]))
    client.assert_nothing_to_read()


def test_multi_set_has_no_reply(client, other, key):
    client.multi_set((key + b"1", "one"), (key + b"2", ""), (key + b"3", b"\0"))
    client.assert_nothing_to_read()
    assert other.multi_get(key + b"1", key + b"2", key + b"3") == [b"one", b"", b"\0"]
    assert other.check(key + b"1", key + b"2", key + b"3") == wire.READY


def test_multi_set_of_no_pairs_does_nothing(client):
    before = client.get_num_keys()
    client.multi_set()
    assert client.get_num_keys() == before


def test_multi_set_of_the_same_key_keeps_the_last(client, key):
    client.multi_set((key, "first"), (key, "last"))
    assert client.get(key) == b"last"


def test_multi_set_replaces_the_value(client, key):
    client.set(key, "old")
    client.multi_set((key, "new"))
    assert client.get(key) == b"new"


def test_an_incomplete_multi_set_has_no_effect(client, other, key):
    request = wire.multi_set([(key + b"1", "one"), (key + b"2", "two")])
    client.send(request[:-1])
    other.settle()
    assert other.check(key + b"1") == wire.NOT_READY
    client.send(request[-1:])
    client.settle()
    assert other.check(key + b"1", key + b"2") == wire.READY


def test_a_multi_set_that_never_completes_has_no_effect(client, other, key):
    client.send(wire.multi_set([(key + b"1", "one"), (key + b"2", "two")])[:-1])
    client.leave()
    other.settle()
    assert other.check(key + b"1") == wire.NOT_READY


def test_a_multi_set_with_an_over_long_key_has_no_effect(client, other, key):
    client.send(wire.opcode(wire.Op.MULTI_SET), wire.u64(2), wire.blob(key), wire.blob("one"),
                wire.u64(wire.MAX_KEY_BYTES + 1))
    client.assert_closed()
    assert other.check(key) == wire.NOT_READY


def test_multi_set_releases_waits_only_when_it_is_complete(client, other, connect, key):
    other.wait(key + b"1")
    other.assert_still_waiting()
    request = wire.multi_set([(key + b"1", "one"), (key + b"2", "two")])
    client.send(request[:-1])
    connect().settle()
    other.assert_still_waiting()
    client.send(request[-1:])
    other.assert_released()
    assert other.get(key + b"2") == b"two"


def test_a_client_released_by_multi_set_can_get_every_key(waiting, other, key):
    waiter = waiting(key + b"0")
    other.multi_set(*((key + b"%d" % number, "value") for number in range(100)))
    waiter.assert_released()
    assert waiter.get(key + b"99") == b"value"


def test_multi_get_reads_all_its_keys_when_it_is_complete(client, other, key):
    """A key already received when another client sets it is read with its new value, too."""
    request = wire.multi_get([key + b"1", key + b"2"])
    client.send(request[:-1])
    other.settle()
    other.multi_set((key + b"1", "one"), (key + b"2", "two"))
    other.settle()
    client.send(request[-1:])
    assert [client.read_blob(), client.read_blob()] == [b"one", b"two"]
