"""The bytes of TCPStore requests, with one function per operation; see docs/PROTOCOL.md."""

import struct
from enum import IntEnum


class Op(IntEnum):
    VALIDATE = 0
    SET = 1
    COMPARE_SET = 2
    GET = 3
    ADD = 4
    CHECK = 5
    WAIT = 6
    GETNUMKEYS = 7
    DELETE_KEY = 8
    APPEND = 9
    MULTI_GET = 10
    MULTI_SET = 11
    CANCEL_WAIT = 12
    PING = 13
    QUEUE_PUSH = 14
    QUEUE_POP = 15
    QUEUE_LEN = 16
    LIST_KEYS = 17
    BARRIER = 18


MAGIC = 0x3C85F7CE
MAX_KEY_BYTES = 8 << 10
MAX_VALUE_BYTES = 8 << 20
MAX_KEYS_PER_REQUEST = 128 << 10

READY, NOT_READY = 0, 1
STOP_WAITING, WAIT_CANCELED = 0, 1


def u32(number):
    return struct.pack("<I", number)


def u64(number):
    return struct.pack("<Q", number)


def i64(number):
    return struct.pack("<q", number)


def blob(content):
    """A key or a value: its length, then its bytes."""
    content = content.encode() if isinstance(content, str) else content
    return u64(len(content)) + content


def opcode(op):
    return bytes([op])


def _keys(keys):
    return u64(len(keys)) + b"".join(map(blob, keys))


def validate(magic=MAGIC):
    return opcode(Op.VALIDATE) + u32(magic)


def set_value(key, value):
    return opcode(Op.SET) + blob(key) + blob(value)


def compare_set(key, expected, desired):
    return opcode(Op.COMPARE_SET) + blob(key) + blob(expected) + blob(desired)


def get(key):
    return opcode(Op.GET) + blob(key)


def add(key, delta):
    return opcode(Op.ADD) + blob(key) + i64(delta)


def check(keys):
    return opcode(Op.CHECK) + _keys(keys)


def wait(keys):
    return opcode(Op.WAIT) + _keys(keys)


def get_num_keys():
    return opcode(Op.GETNUMKEYS)


def delete_key(key):
    return opcode(Op.DELETE_KEY) + blob(key)


def append(key, value):
    return opcode(Op.APPEND) + blob(key) + blob(value)


def multi_get(keys):
    return opcode(Op.MULTI_GET) + _keys(keys)


def multi_set(pairs):
    fields = b"".join(blob(key) + blob(value) for key, value in pairs)
    return opcode(Op.MULTI_SET) + u64(len(pairs)) + fields


def cancel_wait():
    return opcode(Op.CANCEL_WAIT)


def ping(nonce):
    return opcode(Op.PING) + u32(nonce)


def queue_push(key, value):
    return opcode(Op.QUEUE_PUSH) + blob(key) + blob(value)


def queue_pop(key):
    return opcode(Op.QUEUE_POP) + blob(key)


def queue_len(key):
    return opcode(Op.QUEUE_LEN) + blob(key)


def list_keys():
    return opcode(Op.LIST_KEYS)


def barrier(key, world_size):
    return opcode(Op.BARRIER) + blob(key) + i64(world_size)
