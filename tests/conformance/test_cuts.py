"""Every request cut at every byte, and conversations in segments of many sizes.

A PING is sent in the same segment as the first piece, ahead of it. Its reply shows that the server
has read that piece."""

import pytest

from support import wire
from support.wire import blob, i64, u32

# Operation: its request for a key, and the reply after all requests above it.
CONVERSATION = {
    "SET": lambda key: (wire.set_value(key, "17"), b""),
    "GET": lambda key: (wire.get(key), blob("17")),
    "COMPARE_SET": lambda key: (wire.compare_set(key, "17", "18"), blob("18")),
    "ADD": lambda key: (wire.add(key, -(2**40)), i64(18 - 2**40)),
    "APPEND": lambda key: (wire.append(key, "5"), b""),
    "MULTI_SET": lambda key: (wire.multi_set([(key + b"1", "one"), (key + b"2", "")]), b""),
    "MULTI_GET": lambda key: (wire.multi_get([key, key + b"1", key + b"2"]),
                              blob("%d5" % (18 - 2**40)) + blob("one") + blob("")),
    "CHECK": lambda key: (wire.check([key, key + b"1", key + b"3"]), b"\1"),
    "WAIT": lambda key: (wire.wait([key, key + b"2"]), b"\0"),
    "CANCEL_WAIT": lambda key: (wire.cancel_wait(), b"\1"),
    "QUEUE_PUSH": lambda key: (wire.queue_push(key, "entry"), b""),
    "QUEUE_LEN": lambda key: (wire.queue_len(key), i64(1)),
    "QUEUE_POP": lambda key: (wire.queue_pop(key), i64(1) + blob("entry")),
    "DELETE_KEY": lambda key: (wire.delete_key(key), i64(1)),
    "BARRIER": lambda key: (wire.barrier(key, 1), b"\0"),
    "PING": lambda key: (wire.ping(0xFEDCBA98), u32(0xFEDCBA98)),
}
WITHOUT_FIELDS = {"CANCEL_WAIT", "GETNUMKEYS", "LIST_KEYS"}


def conversation(key, *, until=None):
    """The requests and the replies before the operation `until`."""
    names = list(CONVERSATION)
    exchanges = [CONVERSATION[name](key) for name in names[:names.index(until) if until else None]]
    return (b"".join(request for request, _ in exchanges),
            b"".join(reply for _, reply in exchanges))


def test_the_conversation_covers_every_operation():
    assert set(CONVERSATION) | WITHOUT_FIELDS | {"VALIDATE"} == {op.name for op in wire.Op}


@pytest.mark.parametrize("operation", [name for name in CONVERSATION
                                       if name not in WITHOUT_FIELDS])
def test_a_request_cut_at_any_byte_is_answered(client, operation):
    length = len(CONVERSATION[operation](b"cut/00/000")[0])
    for cut in range(1, length):
        key = b"cut/%02d/%03d" % (wire.Op[operation], cut)
        before, replies_before = conversation(key, until=operation)
        request, reply = CONVERSATION[operation](key)
        client.send(before, wire.ping(1), request[:cut])
        assert client.read(len(replies_before) + 4) == replies_before + u32(1)
        client.send(request[cut:], wire.ping(2))
        assert client.read(len(reply) + 4) == reply + u32(2), f"cut after byte {cut}"


def test_a_request_without_reply_cut_at_any_byte_takes_effect(client):
    for request, query, reply in [
        (wire.set_value("cut/w", "value"), wire.get("cut/w"), blob("value")),
        (wire.append("cut/w", "+"), wire.get("cut/w"), blob("+")),
        (wire.multi_set([("cut/w", "one"), ("cut/v", "two")]), wire.multi_get(["cut/w", "cut/v"]),
         blob("one") + blob("two")),
        (wire.queue_push("cut/w", "entry"), wire.queue_pop("cut/w"), i64(1) + blob("entry")),
    ]:
        for cut in range(1, len(request)):
            client.delete_key("cut/w")
            client.send(wire.ping(1), request[:cut])
            assert client.read_u32() == 1
            client.send(request[cut:], query)
            assert client.read(len(reply)) == reply, f"{request!r} cut after byte {cut}"


def test_a_wait_cut_at_any_byte_is_registered(client, other):
    request = wire.wait(["cut/wait1", "cut/wait2"])
    for cut in range(1, len(request)):
        client.send(wire.ping(1), request[:cut])
        assert client.read_u32() == 1
        client.send(request[cut:])
        client.assert_still_waiting()
        other.multi_set(("cut/wait1", ""), ("cut/wait2", ""))
        client.assert_released()
        other.delete_key("cut/wait1")
        other.delete_key("cut/wait2")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 61, 1440])
def test_a_conversation_in_small_segments_is_answered(client, key, size):
    exchanges = [conversation(key + b"%d" % number) for number in range(10)]
    requests = b"".join(request for request, _ in exchanges)
    replies = b"".join(reply for _, reply in exchanges)
    for start in range(0, len(requests), size):
        client.send(requests[start:start + size])
    assert client.read(len(replies)) == replies


def test_values_in_many_segments_are_stored_whole(client, key):
    values = [bytes([number]) * (100_000 + number) for number in range(10)]
    requests = b"".join(wire.set_value(key + b"%d" % number, value) + wire.ping(number)
                        for number, value in enumerate(values))
    for start in range(0, len(requests), 1440):
        client.send(requests[start:start + 1440])
    assert [client.read_u32() for _ in values] == list(range(10))
    assert client.multi_get(*(key + b"%d" % number for number in range(10))) == values


def test_an_unfinished_request_delays_no_other_client(client, other, key):
    client.send(wire.set_value(key, "value")[:-1])
    other.ping()
    other.set(key, "other")
    assert other.get(key) == b"other"
    client.send(b"e")
    assert client.get(key) == b"value"
