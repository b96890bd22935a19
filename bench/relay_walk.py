"""Ranks that ask what gloo's ask when they start, in one thread: a machine with few cores can have many of them.

As recorded from PyTorch 2.13: each sets its address, here with a CHECK behind, then waits for the address of each rank twice and reads it.
"""

import random
import selectors
import socket
import time

from support import wire

SEED = 1


class Rank:
    def __init__(self, port, number, ranks):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._steps = self._plan(number, ranks)
        self._missing = 0
        self.is_done = False
        self._go_on()

    def _plan(self, number, ranks):
        """Requests, each with the size of its reply."""
        address = bytes(154 + 8 * ranks)
        yield wire.validate() + wire.ping(number), 4
        yield wire.add("init/", 1), 8
        yield wire.set_value(f"/{number}", address) + wire.check([f"/{number}"]), 1
        for other in range(ranks):
            yield wire.wait([f"/{other}"]), 1
            yield wire.wait([f"/{other}"]), 1
            yield wire.get(f"/{other}"), 8 + len(address)

    def _go_on(self):
        request, self._missing = next(self._steps, (b"", 0))
        self.is_done = not request
        self.socket.sendall(request)

    def read(self):
        self._missing -= len(self.socket.recv(self._missing))
        if self._missing == 0:
            self._go_on()


def walk(ports, seconds):
    """With a rank for each port; they start within so many seconds, in any order."""
    times = random.Random(SEED)
    starts = sorted((times.uniform(0, seconds), number) for number in range(len(ports)))
    selector = selectors.DefaultSelector()
    begun = time.monotonic()
    while starts or selector.get_map():
        while starts and starts[0][0] <= time.monotonic() - begun:
            number = starts.pop(0)[1]
            rank = Rank(ports[number], number, len(ports))
            selector.register(rank.socket, selectors.EVENT_READ, rank)
        for key, _ in selector.select(0.001 if starts else None):
            key.data.read()
            if key.data.is_done:
                selector.unregister(key.fileobj)
                key.fileobj.close()
