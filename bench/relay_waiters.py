"""Clients that wait for a key: how long the SET takes that releases them all."""

import contextlib
import select
import socket
import time

from support import wire

SETTLE_S = 0.5
SECONDS = 60


class Waiters:
    """So many clients of the servers at the ports, in turn."""

    def __init__(self, ports, count):
        self._sockets = {}
        self._epoll = select.epoll()
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
            client.sendall(wire.validate())
            self._sockets[client.fileno()] = client
            self._epoll.register(client, select.EPOLLIN)

    def wait_for(self, key):
        for client in self._sockets.values():
            client.sendall(wire.wait([key]))

    def read_releases(self):
        """Returns when all are released."""
        left = len(self._sockets)
        while left > 0:
            ready = self._epoll.poll(timeout=SECONDS, maxevents=1024)
            assert ready, f"{left} waiters are not released"
            for descriptor, _ in ready:
                assert self._sockets[descriptor].recv(64), "a waiter is disconnected"
                left -= 1

    def close(self):
        self._epoll.close()
        for client in self._sockets.values():
            client.close()


def measure_release(store, http, ports, count, key):
    """Milliseconds from the SET to the last waiter's release, and of the store's CPU time."""
    with contextlib.closing(Waiters(ports, count)) as waiters, \
            socket.create_connection(("127.0.0.1", store.port)) as writer:
        writer.sendall(wire.validate())
        waiters.wait_for(key)
        while http.json("/v1/stat")["waiting"] < count:
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        cpu, begun = store.cpu(), time.monotonic()
        writer.sendall(wire.set_value(key, b"1"))
        waiters.read_releases()
        seconds = time.monotonic() - begun
        time.sleep(SETTLE_S)
        return seconds * 1e3, (store.cpu() - cpu) * 1e3
