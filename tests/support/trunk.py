"""A relay's end of a trunk, frame by frame; see src/trunk/frame.h and src/trunk/greeting.h."""

import os
import socket
import struct

from support import wire

HELLO, WELCOME, REFUSED, ITEMS, ACK = range(1, 6)
OPEN, BYTES, LEAVE, TAKEN, ABOUT, STORE_OPENED, STORE_CLOSED = range(1, 8)
VERSION = 1
NONCE = 0x676E6F70
SECONDS = 20
WELCOME_FORMAT = "<I16sQQQIIIB"
(REFUSED_VERSION, REFUSED_CLUSTER, REFUSED_NAME, REFUSED_GONE, REFUSED_FULL, REFUSED_ALONE, REFUSED_CIRCLE,
 REFUSED_DEEP) = range(1, 9)


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code


class Closed(Exception):
    """The store has closed the link."""


def frame(kind, payload):
    return struct.pack("<IB", 1 + len(payload), kind) + payload


def item(session, kind, content=b""):
    return struct.pack("<IBI", session, kind, len(content)) + content


def opening(port=40000, rank=-1, process=0, store="", host="", program=""):
    texts = [text.encode() for text in (store, host, program)]
    return struct.pack("<HiI", port, rank, process) + b"".join(
        bytes([len(text)]) + text for text in texts)


class Link:
    """One connection."""

    def __init__(self, address, tls=None):
        self.socket = socket.create_connection(address, SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])

    def send(self, kind, payload):
        self.socket.sendall(frame(kind, payload))

    def _read(self, count):
        parts = []
        while count > 0:
            try:
                part = self.socket.recv(count)
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def receive(self):
        """The type and the payload of the next frame."""
        length, kind = struct.unpack("<IB", self._read(5))
        return kind, self._read(length - 1)

    def close(self):
        self.socket.close()


class Relay:
    """Keeps its items until they are acknowledged, and sends them again on the next link."""

    def __init__(self, address, version=VERSION, name="node1", tls=None):
        self.address = address
        self.tls = tls
        self.id = os.urandom(16)
        self.instance = os.urandom(16)
        self.version = version
        self.name = name
        self.link = None
        self.is_known = False
        self.path = []  # of the relays that are between this one and the store
        self.added = 0
        self.kept = []  # numbers and bytes of items that are not acknowledged
        self.received = 0
        self.replies = {}  # bytes of each session
        self.left = set()
        self.taken = {}  # bytes of each session that the store has taken
        self.stores = {}  # names of the stores that are open, by their ports
        self.kinds = []  # of the items that have come, in their order

    def connect(self, is_known=None):
        """Greets the store on a new link, and sends again what it has not received."""
        self.link = Link(self.address, self.tls)
        known = self.is_known if is_known is None else is_known
        self.link.send(HELLO, struct.pack("<I16s16s16sQB", self.version, bytes(16), self.id,
                                          self.instance, self.received, known) + self.name.encode())
        kind, payload = self.link.receive()
        if kind == REFUSED:
            raise Refused(struct.unpack("<I", payload[:4])[0], payload[4:].decode())
        assert kind == WELCOME
        size = struct.calcsize(WELCOME_FORMAT)
        welcome = struct.unpack(WELCOME_FORMAT, payload[:size])
        self.path = [payload[at:at + 16] for at in range(size, len(payload), 16)]
        assert len(self.path) == welcome[-1]
        self.window = welcome[6]
        self.is_known = True
        self._acknowledged(welcome[2])
        for number, content in self.kept:
            self._send_items(number, [content])
        return self

    def _acknowledged(self, received):
        self.kept = [(number, content) for number, content in self.kept if number > received]

    def _send_items(self, first, items):
        self.link.send(ITEMS, struct.pack("<QQI", first, self.received, len(items)) + b"".join(items))

    def add(self, *items):
        """Adds items, and sends them in one frame, if there is a link."""
        first = self.added + 1
        self.added += len(items)
        self.kept += list(enumerate(items, first))
        if self.link is not None:
            self._send_items(first, items)

    def open(self, session, **known):
        self.replies[session] = b""
        self.left.discard(session)
        self.add(item(session, OPEN, opening(**known)))

    def enter(self, session, **known):
        """A client that has connected, and is served."""
        self.open(session, **known)
        self.send(session, wire.validate(), wire.ping(NONCE))
        assert self.read(session, 4) == wire.u32(NONCE)

    def tell_about(self, session, **known):
        self.add(item(session, ABOUT, opening(**known)))

    def send(self, session, *requests):
        self.add(item(session, BYTES, b"".join(requests)))

    def leave(self, session):
        self.add(item(session, LEAVE))

    def tell_taken(self, session, count):
        self.add(item(session, TAKEN, struct.pack("<I", count)))

    def receive(self):
        """Takes the next frame."""
        kind, payload = self.link.receive()
        if kind == ACK:
            self._acknowledged(struct.unpack("<Q", payload)[0])
            return
        assert kind == ITEMS
        first, acknowledged, count = struct.unpack("<QQI", payload[:20])
        assert first <= self.received + 1, "items are missing"
        self._acknowledged(acknowledged)
        at = 20
        for number in range(first, first + count):
            session, kind, length = struct.unpack("<IBI", payload[at:at + 9])
            if number > self.received:
                self._take(session, kind, payload[at + 9:at + 9 + length])
                self.received = number
            at += 9 + length
        assert at == len(payload)

    def _take(self, session, kind, content):
        self.kinds.append(kind)
        if kind == BYTES:
            self.replies[session] += content
        elif kind == LEAVE:
            self.left.add(session)
        elif kind == STORE_OPENED:
            assert session not in self.stores
            self.stores[session] = content.decode()
        elif kind == STORE_CLOSED:
            del self.stores[session]
        else:
            assert kind == TAKEN
            self.taken[session] = self.taken.get(session, 0) + struct.unpack("<I", content)[0]

    def read(self, session, count):
        """So many bytes of replies."""
        while len(self.replies[session]) < count:
            self.receive()
        found, self.replies[session] = self.replies[session][:count], self.replies[session][count:]
        return found

    def wait_until_left(self, session):
        while session not in self.left:
            self.receive()

    def wait_until_acknowledged(self):
        while self.kept:
            self.receive()

    def acknowledge(self):
        self.link.send(ACK, struct.pack("<Q", self.received))

    def break_link(self):
        self.link.close()
        self.link = None
