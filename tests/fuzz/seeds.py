"""Turns recorded sessions into inputs of the fuzz targets. The comments at the top of each target's
file and of arrival.h give the layout of an input."""

import struct

from support.recorder import END, TO_CLIENT, TO_SERVER, sent
from support.wire import STOP_WAITING, Op

LIMIT = 1000  # approximate bytes of an input
CLIENTS = 4
SEND, LEAVE = 0, 7
STEP_SHIFT, KEYS_SHIFT = 2, 5
REQUESTS_MAX, KEYS_MAX = 7, 7
NO_REFUSAL = b"\0"
NO_FILLING = b"\0\0"
WHOLE, IN_PIECES = b"\0", bytes([3, 0, 6, 29])

FIELDS = {
    Op.VALIDATE: [4], Op.SET: "kb", Op.COMPARE_SET: "kbb", Op.GET: "k", Op.ADD: ["k", 8],
    Op.GETNUMKEYS: "", Op.DELETE_KEY: "k", Op.APPEND: "kb", Op.CANCEL_WAIT: "", Op.PING: [4],
    Op.QUEUE_PUSH: "kb", Op.QUEUE_POP: "k", Op.QUEUE_LEN: "k", Op.LIST_KEYS: "",
    Op.BARRIER: ["k", 8],
}
COUNTED_FIELDS = {Op.CHECK: "k", Op.WAIT: "k", Op.MULTI_GET: "k", Op.MULTI_SET: "kb"}
WITHOUT_REPLY = {Op.VALIDATE, Op.SET, Op.APPEND, Op.MULTI_SET, Op.QUEUE_PUSH}


class Stream:
    def __init__(self, data):
        self._data = data
        self._at = 0

    def __bool__(self):
        return self._at < len(self._data)

    def peek(self):
        return self._data[self._at]

    def take(self, size):
        start = self._at
        self._at += size
        assert self._at <= len(self._data), "the recording ends within a message"
        return self._data[start:self._at]

    def take_number(self, form="<Q"):
        raw = self.take(8)
        return raw, struct.unpack(form, raw)[0]

    def take_sized(self):
        raw, size = self.take_number()
        return raw + self.take(size)


def take_request(stream):
    """The operation, its count of keys (0 if it has none), and the bytes of the request."""
    raw = stream.take(1)
    operation = Op(raw[0])
    fields, count = FIELDS.get(operation), 0
    if fields is None:
        head, count = stream.take_number()
        raw, fields = raw + head, list(COUNTED_FIELDS[operation]) * count
    for field in fields:
        raw += stream.take(field) if isinstance(field, int) else stream.take_sized()
    return operation, count, raw


def take_requests(data):
    stream = Stream(data)
    requests = []
    while stream:
        requests.append(take_request(stream))
    return requests


def take_reply(stream, operation, count, following):
    """`following` is the client's next operation, which may have cancelled a wait."""
    if operation in WITHOUT_REPLY:
        return b""
    if operation in (Op.WAIT, Op.BARRIER):
        cancelled = following == Op.CANCEL_WAIT and stream.peek() != STOP_WAITING
        return b"" if cancelled else stream.take(1)
    if operation in (Op.CHECK, Op.CANCEL_WAIT):
        return stream.take(1)
    if operation == Op.PING:
        return stream.take(4)
    if operation in (Op.GET, Op.COMPARE_SET):
        return stream.take_sized()
    if operation == Op.MULTI_GET:
        return b"".join(stream.take_sized() for _ in range(count))
    raw, number = stream.take_number("<q")
    if operation == Op.LIST_KEYS:
        raw += b"".join(stream.take_sized() for _ in range(number))
    if operation == Op.QUEUE_POP and number > 0:
        raw += stream.take_sized()
    return raw


def in_groups(items, size_of, limit):
    """Yields lists of consecutive items, each within the limit or of a single item."""
    group, size = [], 0
    for item in items:
        if group and size + size_of(item) > limit:
            yield group
            group, size = [], 0
        group.append(item)
        size += size_of(item)
    if group:
        yield group


def for_decoder(events):
    for connection in connections(events):
        requests = take_requests(sent(events, connection, TO_SERVER))
        for group in in_groups(requests, lambda request: len(request[2]), LIMIT):
            stream = b"".join(raw for _, _, raw in group)
            yield WHOLE + stream
            yield IN_PIECES + stream


def for_engine(events):
    steps = []
    for event in events:
        client = event.connection % CLIENTS
        if event.what == TO_SERVER:
            steps += [bytes([SEND << STEP_SHIFT | client, len(piece)]) + piece
                      for piece in cut(event.data, 255)]
        elif event.what == END:
            steps.append(bytes([LEAVE << STEP_SHIFT | client]))
    yield NO_REFUSAL + b"".join(steps)


def for_client(events):
    for connection in connections(events):
        requests = take_requests(sent(events, connection, TO_SERVER))
        replies = Stream(sent(events, connection, TO_CLIENT))
        following = [operation for operation, _, _ in requests[1:]] + [None]
        answered = []
        for (operation, count, _), next_operation in zip(requests, following):
            reply = take_reply(replies, operation, count, next_operation)
            if count <= KEYS_MAX:
                answered.append(as_in_target(operation, count, reply))
        assert not replies, "the recording has more replies than requests"
        for group in in_groups(answered, lambda _: 1, REQUESTS_MAX):
            head = (NO_REFUSAL + NO_FILLING + bytes([len(group)])
                    + b"".join(byte for byte, _ in group))
            body = b"".join(reply for _, reply in group)
            yield head + WHOLE + body
            yield head + IN_PIECES + body


def as_in_target(operation, count, reply):
    """The byte that encodes the request in the client target, and the reply. The target uses that
    byte as the nonce of a PING."""
    byte = bytes([count << KEYS_SHIFT | operation])
    return byte, byte + b"\0\0\0" if operation == Op.PING else reply


def connections(events):
    return sorted({event.connection for event in events})



def cut(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


TARGETS = {"decoder": for_decoder, "engine": for_engine, "client": for_client}
