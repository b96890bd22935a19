"""VALIDATE: no request is served before it, and it may arrive in pieces."""

from support import wire
from support.client import ConnectionLost


def test_validate_has_no_reply(connect):
    client = connect(validate=False)
    client.send(wire.validate())
    client.assert_nothing_to_read()


def test_validate_and_ping_in_one_segment_are_answered(connect):
    client = connect(validate=False)
    client.send(wire.validate(), wire.ping(7))
    assert client.read_u32() == 7


def test_validate_cut_at_any_byte_is_accepted(connect, other):
    request = wire.validate()
    for cut in range(1, len(request)):
        client = connect(validate=False)
        client.send(request[:cut])
        other.settle()
        client.send(request[cut:])
        client.ping()


def test_validate_and_ping_byte_by_byte_are_answered(connect, other):
    client = connect(validate=False)
    for byte in wire.validate() + wire.ping(9):
        client.send(bytes([byte]))
        other.settle()
    assert client.read_u32() == 9


def test_any_other_first_operation_closes_the_client(connect):
    for op in set(wire.Op) - {wire.Op.VALIDATE}:
        client = connect(validate=False)
        client.send(wire.opcode(op))
        client.assert_closed()


def test_an_unknown_first_operation_closes_the_client(connect):
    client = connect(validate=False)
    client.send(b"get / HTTP/1.1\r\n\r\n")
    client.assert_closed()


def test_requests_after_a_wrong_first_operation_have_no_effect(connect, other, key):
    client = connect(validate=False)
    client.send(wire.ping(1))
    other.settle()
    try:
        client.send(wire.set_value(key, "accepted"))
    except ConnectionLost:
        pass
    other.settle()
    assert other.check(key) == wire.NOT_READY


def test_a_wrong_magic_number_closes_the_client(connect):
    for magic in [0, 0xCEF7853C] + [wire.MAGIC ^ 1 << bit for bit in range(32)]:
        client = connect(validate=False)
        client.send(wire.validate(magic))
        client.assert_closed()


def test_requests_after_a_wrong_magic_number_have_no_effect(connect, other, key):
    client = connect(validate=False)
    client.send(wire.validate(0), wire.set_value(key, "accepted"))
    client.assert_closed()
    assert other.check(key) == wire.NOT_READY


def test_a_second_validate_closes_the_client(client):
    client.send(wire.validate())
    client.assert_closed()


def test_disconnecting_before_validate_leaves_the_others_served(connect, other):
    connect(validate=False).leave()
    half = connect(validate=False)
    half.send(wire.validate()[:3])
    half.leave()
    other.ping()
