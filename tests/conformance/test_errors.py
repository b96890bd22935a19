"""Bad requests close the client that sent them and affect no other."""

import pytest

from support import wire
from support.wire import blob, opcode, u64

TOO_LONG = [wire.MAX_VALUE_BYTES + 1, 2**63, 2**64 - 1]
KEY_TOO_LONG = [wire.MAX_KEY_BYTES + 1, 2**32, 2**64 - 1]

# The bytes in front of the wrong length.
BEFORE_A_KEY = {
    "SET": opcode(wire.Op.SET),
    "COMPARE_SET": opcode(wire.Op.COMPARE_SET),
    "GET": opcode(wire.Op.GET),
    "ADD": opcode(wire.Op.ADD),
    "CHECK": opcode(wire.Op.CHECK) + u64(1),
    "CHECK second": opcode(wire.Op.CHECK) + u64(2) + blob("first"),
    "WAIT": opcode(wire.Op.WAIT) + u64(1),
    "WAIT second": opcode(wire.Op.WAIT) + u64(2) + blob("first"),
    "DELETE_KEY": opcode(wire.Op.DELETE_KEY),
    "APPEND": opcode(wire.Op.APPEND),
    "MULTI_GET": opcode(wire.Op.MULTI_GET) + u64(1),
    "MULTI_GET second": opcode(wire.Op.MULTI_GET) + u64(2) + blob("first"),
    "MULTI_SET": opcode(wire.Op.MULTI_SET) + u64(1),
    "MULTI_SET second": opcode(wire.Op.MULTI_SET) + u64(2) + blob("error/first") + blob("value"),
    "QUEUE_PUSH": opcode(wire.Op.QUEUE_PUSH),
    "QUEUE_POP": opcode(wire.Op.QUEUE_POP),
    "QUEUE_LEN": opcode(wire.Op.QUEUE_LEN),
    "BARRIER": opcode(wire.Op.BARRIER),
}
BEFORE_A_VALUE = {
    "SET": opcode(wire.Op.SET) + blob("key"),
    "COMPARE_SET expected": opcode(wire.Op.COMPARE_SET) + blob("key"),
    "COMPARE_SET desired": opcode(wire.Op.COMPARE_SET) + blob("key") + blob("expected"),
    "APPEND": opcode(wire.Op.APPEND) + blob("key"),
    "MULTI_SET": opcode(wire.Op.MULTI_SET) + u64(1) + blob("key"),
    "MULTI_SET second": (opcode(wire.Op.MULTI_SET) + u64(2) + blob("error/first") + blob("value")
                         + blob("key")),
    "QUEUE_PUSH": opcode(wire.Op.QUEUE_PUSH) + blob("key"),
}
MANY_KEYS = {op.name: opcode(op) for op in
             (wire.Op.CHECK, wire.Op.WAIT, wire.Op.MULTI_GET, wire.Op.MULTI_SET)}


@pytest.mark.parametrize("op", [19, 20, 127, 128, 255])
def test_an_unknown_operation_closes_the_client(client, other, op):
    client.send(opcode(op))
    client.assert_closed()
    other.ping()


@pytest.mark.parametrize("before", BEFORE_A_KEY.values(), ids=BEFORE_A_KEY)
def test_the_length_of_a_key_that_is_too_long_closes_the_client(connect, other, before):
    for length in KEY_TOO_LONG:
        client = connect()
        client.send(before, u64(length))
        client.assert_closed()
    other.ping()


@pytest.mark.parametrize("before", BEFORE_A_VALUE.values(), ids=BEFORE_A_VALUE)
def test_the_length_of_a_value_that_is_too_long_closes_the_client(connect, other, before):
    for length in TOO_LONG:
        client = connect()
        client.send(before, u64(length))
        client.assert_closed()
    other.ping()


@pytest.mark.parametrize("before", MANY_KEYS.values(), ids=MANY_KEYS)
def test_a_count_of_too_many_keys_closes_the_client(connect, other, before):
    for count in (wire.MAX_KEYS_PER_REQUEST + 1, 2**61, 2**64 - 1):
        client = connect()
        client.send(before, u64(count))
        client.assert_closed()
    other.ping()


def test_requests_with_the_most_keys_are_answered(client):
    """One key again and again: the shortest request with so many."""
    most = wire.MAX_KEYS_PER_REQUEST
    client.multi_set(*[("k", "v")] * most)
    assert client.check(*["k"] * most) == wire.READY
    client.wait(*["k"] * most)
    client.assert_released()
    assert client.multi_get(*["k"] * most) == [b"v"] * most
    assert client.delete_key("k") == 1
    client.wait(*["k"] * most)
    assert client.cancel_wait() == wire.WAIT_CANCELED


def test_replies_to_requests_before_a_bad_one_are_sent(client, key):
    client.set(key, "value")
    client.send(wire.get(key), wire.ping(7), opcode(255))
    assert client.read_blob() == b"value"
    assert client.read_u32() == 7
    client.assert_closed()


def test_replies_that_the_socket_did_not_take_before_a_bad_request_are_sent(client, other, key):
    value = b"v" * 300_000
    other.set(key, value)
    other.settle()
    client.send(wire.get(key) * 15, opcode(255))
    other.settle()
    for _ in range(15):
        assert client.read_blob() == value
    client.assert_closed()


def test_replies_before_a_bad_request_are_sent_to_a_client_that_goes_on_sending(
        client, other, key):
    """The kernel would discard them if the server closed a TCP socket with unread bytes. Those
    that go on fit in the kernel's buffers, as nothing reads them."""
    value = b"v" * 300_000
    other.set(key, value)
    other.settle()
    client.send(wire.get(key) * 15, opcode(255), wire.ping(1) * 20_000)
    other.settle()
    for _ in range(15):
        assert client.read_blob() == value
    client.assert_closed()


def test_requests_before_a_bad_one_stay_in_effect(client, other, key):
    client.send(wire.set_value(key, "value"), wire.queue_push(key, "entry"),
                wire.add(key + b"2", 3), opcode(255))
    assert client.read_i64() == 3
    client.assert_closed()
    assert other.get(key) == b"value"
    assert other.queue_len(key) == 1
    assert other.get(key + b"2") == b"3"


def test_requests_after_a_bad_one_have_no_effect(client, other, key):
    client.send(opcode(255), wire.set_value(key, "value"))
    client.assert_closed()
    other.settle()
    assert other.check(key) == wire.NOT_READY


def test_a_refused_add_and_the_requests_after_it_have_no_effect(client, other, key):
    other.set(key, "not a number")
    other.settle()
    client.send(wire.ping(1), wire.add(key, 1), wire.set_value(key, "changed"))
    assert client.read_u32() == 1
    client.assert_closed()
    assert other.get(key) == b"not a number"


def test_a_bad_request_leaves_other_clients_waiting(connect, waiting, other, key):
    waiter = waiting(key)
    bad = connect()
    bad.send(opcode(255))
    bad.assert_closed()
    waiter.assert_still_waiting()
    other.set(key, "")
    waiter.assert_released()


def test_disconnecting_within_a_large_value_stores_nothing(client, other, key):
    client.send(opcode(wire.Op.SET), blob(key), u64(wire.MAX_VALUE_BYTES), b"a few bytes")
    client.leave()
    other.settle()
    assert other.check(key) == wire.NOT_READY


def test_disconnecting_before_the_last_byte_of_a_request_has_no_effect(connect, other, key):
    for request in (wire.set_value(key, "value"), wire.add(key, 1), wire.append(key, "value"),
                    wire.queue_push(key, "entry"), wire.barrier(key, 1),
                    wire.compare_set(key, "", "value"), wire.multi_set([(key, "value")])):
        client = connect()
        client.send(request[:-1])
        client.leave()
    other.settle()
    assert other.check(key) == wire.NOT_READY
