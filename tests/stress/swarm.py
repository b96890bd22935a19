"""Many clients in one process; killing it disconnects all of them at once.

usage: swarm.py PORT COUNT [KEY]

With KEY, every other client waits for it. Prints "connected" when the server has accepted all
clients and registered all waits, and "released" when all waits have been released."""

import os
import resource
import socket
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from support import wire  # noqa: E402


def loopback_addresses():
    """Yields source addresses: each has only 28,000 ports, and a used one rests for a minute."""
    number = os.getpid()
    while True:
        number += 1
        yield f"127.{1 + number // 250 % 250}.{number % 250}.1"


def connect(port, count):
    sources = loopback_addresses()
    clients = []
    for number in range(count):
        if number % 1000 == 0:
            source = next(sources)
        clients.append(socket.create_connection(("127.0.0.1", port), 60, (source, 0)))
        clients[-1].sendall(wire.validate() + wire.ping(number))
    for number, client in enumerate(clients):
        assert client.recv(4, socket.MSG_WAITALL) == wire.u32(number)
    return clients


def main():
    port, count, keys = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = connect(port, count)
    waiting = clients[::2] if keys else []
    for client in waiting:
        client.sendall(wire.wait([*keys, *keys]) + wire.ping(7))
    for client in waiting:
        assert client.recv(4, socket.MSG_WAITALL) == wire.u32(7)
    print("connected", flush=True)
    for client in waiting:
        assert client.recv(1) == bytes([wire.STOP_WAITING])
    print("released", flush=True)
    sys.stdin.read()


main()
