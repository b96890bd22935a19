"""Clients that ask at random, read or do not, and die at any moment, all with their process.

usage: mortals.py PORT SEED SECONDS"""

import os
import random
import signal
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS), str(TESTS / "differential")]

import operations  # noqa: E402
from support import wire  # noqa: E402
from support.client import Client, ConnectionLost  # noqa: E402

CLIENTS = 30


class Mortal:
    def __init__(self, port):
        self.port = port
        self.join()

    def join(self):
        self.client = Client(("127.0.0.1", self.port), timeout=60)
        self.client.socket.setblocking(False)

    def say(self, words):
        """As much of it as there is room for; a client that was closed comes again."""
        try:
            self.client.socket.send(words)
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.client.close()
            self.join()

    def listen(self):
        try:
            while self.client.socket.recv(1 << 20):
                pass
        except (BlockingIOError, ConnectionResetError):
            pass

    def go(self, reset):
        self.client.reset() if reset else self.client.close()
        self.join()


def act(mortal, rng, free):
    batch = b"".join(operation.request for operation in rng.choices(free, k=rng.randrange(1, 60)))
    what = rng.random()
    if what < 0.6:
        mortal.say(batch)
        mortal.listen()
    elif what < 0.7:
        mortal.say(batch)
    elif what < 0.78:
        mortal.say(operations.make_wait(rng).request)
    elif what < 0.82:
        mortal.say(operations.make_barrier(rng).request)
    elif what < 0.9:
        mortal.say(operations.make_push(rng).request + wire.cancel_wait())
    else:
        mortal.say(batch[:rng.randrange(len(batch) + 1)])
        mortal.go(reset=what < 0.95)


def main():
    port, rng, seconds = int(sys.argv[1]), random.Random(sys.argv[2]), float(sys.argv[3])
    deadline = time.monotonic() + seconds
    free = operations.make_free(rng)
    mortals = [Mortal(port) for _ in range(CLIENTS)]
    while time.monotonic() < deadline:
        try:
            act(rng.choice(mortals), rng, free)
        except ConnectionLost:
            continue
    os.kill(os.getpid(), signal.SIGKILL)


main()
