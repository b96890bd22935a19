"""Clients that send random requests, read or ignore the replies, and disconnect at random. In the
end the process kills itself.

usage: chaos.py PORT SEED SECONDS"""

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


class ChaosClient:
    def __init__(self, port):
        self.port = port
        self.connect()

    def connect(self):
        self.client = Client(("127.0.0.1", self.port), timeout=60)
        self.client.socket.setblocking(False)

    def send(self, requests):
        """Sends as much as the socket takes; reconnects if the server has closed the client."""
        try:
            self.client.socket.send(requests)
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.client.close()
            self.connect()

    def read_available(self):
        try:
            while self.client.socket.recv(1 << 20):
                pass
        except (BlockingIOError, ConnectionResetError):
            pass

    def reconnect(self, reset):
        self.client.reset() if reset else self.client.close()
        self.connect()


def act(client, rng, nonblocking):
    batch = b"".join(operation.request
                     for operation in rng.choices(nonblocking, k=rng.randrange(1, 60)))
    dice = rng.random()
    if dice < 0.6:
        client.send(batch)
        client.read_available()
    elif dice < 0.7:
        client.send(batch)
    elif dice < 0.78:
        client.send(operations.make_wait(rng).request)
    elif dice < 0.82:
        client.send(operations.make_barrier(rng).request)
    elif dice < 0.9:
        client.send(operations.make_push(rng).request + wire.cancel_wait())
    else:
        client.send(batch[:rng.randrange(len(batch) + 1)])
        client.reconnect(reset=dice < 0.95)


def main():
    port, rng, seconds = int(sys.argv[1]), random.Random(sys.argv[2]), float(sys.argv[3])
    deadline = time.monotonic() + seconds
    nonblocking = operations.make_nonblocking(rng)
    clients = [ChaosClient(port) for _ in range(CLIENTS)]
    while time.monotonic() < deadline:
        try:
            act(rng.choice(clients), rng, nonblocking)
        except ConnectionLost:
            continue
    os.kill(os.getpid(), signal.SIGKILL)


main()
