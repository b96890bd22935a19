"""A hostile client: sends prebuilt bytes on many connections, and counts them."""

import contextlib
import fcntl
import selectors
import socket
import struct
import sys
import termios
import time

from support import wire

OVERTIME = 20   # seconds for replies that are owed when the time is up
READ = 1 << 20
SOURCE_CLIENTS = 1000  # of one source address, which has only 28,000 ports


class Lane:
    """One connection of Load.exchange."""

    def __init__(self, connection):
        self.socket = connection
        self.unsent = memoryview(b"")
        self.owed = 0  # bytes of replies


class Load:
    def __init__(self, port, source, seconds):
        self.port, self.source, self.seconds = port, source, seconds
        self.connections = 0
        self.held = []  # by a crowd, until the attacker exits
        self.sent = self.answered = self.requests = 0
        self.deadline = None

    def begin(self):
        """Counts from now on."""
        self.sent = self.answered = self.requests = 0
        self.deadline = time.monotonic() + self.seconds

    def rounds(self):
        """Repeats until the time is up."""
        while time.monotonic() < self.deadline:
            yield

    def _source(self):
        if self.source:
            return self.source, 0
        number = self.connections // SOURCE_CLIENTS
        return f"127.{1 + number // 250 % 250}.{number % 250}.1", 0

    def _dial(self):
        try:
            return socket.create_connection(("127.0.0.1", self.port), 60, self._source())
        except ConnectionRefusedError:  # once in a million, if ports are reused at once
            return socket.create_connection(("127.0.0.1", self.port), 60, self._source())

    def connect(self):
        """A connection that has sent VALIDATE."""
        connection = self._dial()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self.requests += 1  # the server accepts and closes it
        self.tell(connection, wire.validate())
        return connection

    def crowd(self, count):
        """Connections that the server has accepted."""
        connections = [self.connect() for _ in range(count)]
        for connection in connections:
            self.ask(connection, wire.ping(0), 4)
        self.held += connections
        return connections

    def tell(self, connection, request, count=1):
        connection.sendall(request)
        self.sent += len(request)
        self.requests += count

    def take(self, connection, size):
        """Reads `size` bytes and drops them."""
        while size:
            data = connection.recv(min(size, READ))
            if not data:
                raise ConnectionResetError
            size -= len(data)
            self.answered += len(data)

    def ask(self, connection, request, size, count=1):
        self.tell(connection, request, count)
        self.take(connection, size)

    def ask_all(self, connections, request, size, count=1):
        """All send, then all read."""
        self.ask_each(connections, [request] * len(connections), size, count)

    def ask_each(self, connections, requests, size, count=1):
        """As ask_all, but each sends another request."""
        for connection, request in zip(connections, requests):
            self.tell(connection, request, count)
        for connection in connections:
            self.take(connection, size)

    def settle(self, connection):
        """Returns when the server has executed what it received before, from any client."""
        for _ in range(2):
            self.ask(connection, wire.ping(0), 4)

    def reset(self, connection):
        """Closes with a reset, so that the port is free again at once."""
        with contextlib.suppress(OSError):
            self.count_unread(connection)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def count_unread(self, connection):
        """Counts as answered what has arrived."""
        size = fcntl.ioctl(connection, termios.FIONREAD, bytes(4))
        self.answered += int.from_bytes(size, sys.byteorder)

    def exchange(self, connections, chunk, size, count=1, window=2):
        """Sends `chunk`, which has `count` requests and `size` bytes of replies, again and again on
        each connection, with up to `window` of them unanswered, and drops the replies. A connection
        that the server closes is opened again."""
        selector = selectors.DefaultSelector()
        answered = self.answered
        lanes = {Lane(connection) for connection in connections}
        for lane in lanes:
            lane.socket.setblocking(False)
            selector.register(lane.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, lane)
        while lanes:
            now = time.monotonic()
            if now > self.deadline + OVERTIME:
                break
            for key, events in selector.select(1):
                self._serve(selector, key.data, events, chunk, size, window)
            if now > self.deadline:
                for lane in [each for each in lanes if not each.owed and not each.unsent]:
                    selector.unregister(lane.socket)
                    lanes.remove(lane)
        selector.close()
        self.requests += (self.answered - answered) * count // size

    def _serve(self, selector, lane, events, chunk, size, window):
        try:
            if events & selectors.EVENT_READ:
                self._drain(lane)
            if not lane.unsent and lane.owed <= size * (window - 1) \
                    and time.monotonic() < self.deadline:
                lane.unsent = memoryview(chunk)
                lane.owed += size
            if lane.unsent:
                with contextlib.suppress(BlockingIOError):
                    sent = lane.socket.send(lane.unsent[:READ])
                    self.sent += sent
                    lane.unsent = lane.unsent[sent:]
        except (ConnectionError, BrokenPipeError):
            self._reopen(selector, lane)
        writes = lane.unsent or lane.owed <= size * (window - 1)
        selector.modify(lane.socket, selectors.EVENT_READ |
                        (selectors.EVENT_WRITE if writes else 0), lane)

    def _drain(self, lane):
        with contextlib.suppress(BlockingIOError):
            data = lane.socket.recv(READ)
            if not data:
                raise ConnectionResetError
            self.answered += len(data)
            lane.owed -= len(data)

    def _reopen(self, selector, lane):
        selector.unregister(lane.socket)
        lane.socket.close()
        lane.socket = self.connect()
        lane.socket.setblocking(False)
        lane.unsent, lane.owed = memoryview(b""), 0
        selector.register(lane.socket, selectors.EVENT_READ, lane)
