"""VALIDATE: nothing is served before it, and it is read to its end however it is split."""

from support import wire
from support.client import ConnectionLost


def test_validate_has_no_reply(connect):
    client = connect(validate=False)
    client.send(wire.validate())
    client.assert_nothing_to_read()


def test_validate_and_ping_in_one_segment(connect):
    client = connect(validate=False)
    client.send(wire.validate(), wire.ping(7))
    assert client.read_u32() == 7


def test_validate_cut_anywhere(connect, other):
    request = wire.validate()
    for cut in range(1, len(request)):
        client = connect(validate=False)
        client.send(request[:cut])
        other.settle()
        client.send(request[cut:])
        client.ping()


def test_validate_and_ping_byte_by_byte(connect, other):
    client = connect(validate=False)
    for byte in wire.validate() + wire.ping(9):
        client.send(bytes([byte]))
        other.settle()
    assert client.read_u32() == 9


def test_any_other_first_operation_closes(connect):
    for op in set(wire.Op) - {wire.Op.VALIDATE}:
        client = connect(validate=False)
        client.send(wire.opcode(op))
        client.assert_closed()


def test_unknown_first_operation_closes(connect):
    client = connect(validate=False)
    client.send(b"GET / HTTP/1.1\r\n\r\n")
    client.assert_closed()


def test_the_read_after_a_wrong_first_operation_is_not_let_in(connect, other, key):
    client = connect(validate=False)
    client.send(wire.ping(1))
    other.settle()
    try:
        client.send(wire.set_value(key, "let in"))
    except ConnectionLost:
        pass
    other.settle()
    assert other.check(key) == wire.NOT_READY


def test_wrong_magic_closes(connect):
    for magic in (0, 0xCEF7853C, wire.MAGIC + 1):
        client = connect(validate=False)
        client.send(wire.validate(magic))
        client.assert_closed()


def test_nothing_after_a_wrong_magic_takes_effect(connect, other, key):
    client = connect(validate=False)
    client.send(wire.validate(0), wire.set_value(key, "let in"))
    client.assert_closed()
    assert other.check(key) == wire.NOT_READY


def test_a_second_validate_closes(client):
    client.send(wire.validate())
    client.assert_closed()


def test_a_client_that_leaves_before_validating_harms_nobody(connect, other):
    connect(validate=False).leave()
    half = connect(validate=False)
    half.send(wire.validate()[:3])
    half.leave()
    other.ping()
