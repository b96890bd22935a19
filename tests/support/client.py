"""A TCPStore client over a raw socket, with access to every byte of a reply."""

import itertools
import os
import socket
import struct

from support import wire

_nonces = itertools.count(0x5EED0000)


class NoReply(Exception):
    """The reply did not arrive within the client's timeout."""


class ConnectionLost(Exception):
    """The server closed the connection."""


def connect_unix(path, timeout):
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(timeout)
    connected.connect(path)
    return connected


class Client:
    """A connection that has sent VALIDATE, unless `validate` is false. `address` is a host and a
    port, or the path of a Unix socket. `timeout` in seconds limits each read and write; `source` is
    the address to connect from; `tls` is a context of ssl's. `name` is the client as the server's log has it."""

    def __init__(self, address, timeout=10.0, validate=True, source=None, tls=None):
        if isinstance(address, str):
            self.socket = connect_unix(address, timeout)
            self.name = f"unix:{os.getpid()}"
        else:
            self.socket = socket.create_connection(address, timeout, source and (source, 0))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.name = "{}:{}".format(*self.socket.getsockname()[:2])
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
        if validate:
            self.send(wire.validate())

    def close(self):
        self.socket.close()

    def is_accepted(self):
        """Sends VALIDATE; whether the server then serves the client, rather than closing it."""
        try:
            self.send(wire.validate())
            self.ping()
            return True
        except ConnectionLost:
            return False

    # Bytes

    def send(self, *requests):
        try:
            self.socket.sendall(b"".join(requests))
        except (BrokenPipeError, ConnectionResetError):
            raise ConnectionLost("closed while sending a request") from None

    def read(self, count):
        parts = []
        while count:
            try:
                part = self.socket.recv(min(count, 1 << 20))
            except TimeoutError:
                raise NoReply(f"{count} bytes of the reply are missing") from None
            except ConnectionResetError:
                part = b""
            if not part:
                raise ConnectionLost(f"closed with {count} bytes of the reply missing")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def read_u8(self):
        return self.read(1)[0]

    def read_u32(self):
        return struct.unpack("<I", self.read(4))[0]

    def read_u64(self):
        return struct.unpack("<Q", self.read(8))[0]

    def read_i64(self):
        return struct.unpack("<q", self.read(8))[0]

    def read_blob(self):
        return self.read(self.read_u64())

    # Operations; `wait` and `barrier` do not read the reply

    def set(self, key, value):
        self.send(wire.set_value(key, value))

    def compare_set(self, key, expected, desired):
        self.send(wire.compare_set(key, expected, desired))
        return self.read_blob()

    def get(self, key):
        self.send(wire.get(key))
        return self.read_blob()

    def add(self, key, delta):
        self.send(wire.add(key, delta))
        return self.read_i64()

    def check(self, *keys):
        self.send(wire.check(keys))
        return self.read_u8()

    def wait(self, *keys):
        self.send(wire.wait(keys))

    def get_num_keys(self):
        self.send(wire.get_num_keys())
        return self.read_i64()

    def delete_key(self, key):
        self.send(wire.delete_key(key))
        return self.read_i64()

    def append(self, key, value):
        self.send(wire.append(key, value))

    def multi_get(self, *keys):
        self.send(wire.multi_get(keys))
        return [self.read_blob() for _ in keys]

    def multi_set(self, *pairs):
        self.send(wire.multi_set(pairs))

    def cancel_wait(self):
        self.send(wire.cancel_wait())
        return self.read_u8()

    def ping(self):
        nonce = next(_nonces)
        self.send(wire.ping(nonce))
        assert self.read_u32() == nonce

    def queue_push(self, key, value):
        self.send(wire.queue_push(key, value))

    def queue_pop(self, key):
        """The length before the pop and, unless that is 0, the oldest entry."""
        self.send(wire.queue_pop(key))
        length = self.read_i64()
        return (length, self.read_blob()) if length > 0 else (length,)

    def queue_len(self, key):
        self.send(wire.queue_len(key))
        return self.read_i64()

    def list_keys(self):
        self.send(wire.list_keys())
        return [self.read_blob() for _ in range(self.read_i64())]

    def barrier(self, key, world_size):
        self.send(wire.barrier(key, world_size))

    # What the server has or has not done

    def settle(self):
        """Returns when the server has handled everything that reached it before this call, on any
        connection. One PING is not enough: a server may notice a lost connection only after it has
        answered all others that were ready in the same loop iteration."""
        self.ping()
        self.ping()

    def assert_released(self):
        assert self.read_u8() == wire.STOP_WAITING
        self.assert_nothing_to_read()

    def assert_nothing_to_read(self):
        """The next bytes answer a PING; replies keep the order of the requests."""
        self.ping()

    assert_still_waiting = assert_nothing_to_read

    def assert_closed(self):
        """The server closes the connection without sending anything."""
        try:
            rest = self.read(1)
        except ConnectionLost:
            return
        raise AssertionError(f"expected the connection to close, got {rest!r}")

    def leave(self):
        """Closes the connection and returns when the server has closed it as well."""
        self.socket.shutdown(socket.SHUT_WR)
        self.assert_closed()
        self.close()

    def reset(self):
        """Closes the connection with a reset, as the kernel may for a killed process."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
