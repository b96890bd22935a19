"""Many clients in one process, that all go at once when it is killed.

usage: crowd.py PORT COUNT [KEY]: says "here" when the server knows all of them; every other one
then waits for KEY. With KEY they are told, and it says "released", when it has been set."""

import os
import resource
import socket
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from support import wire  # noqa: E402


def addresses_of_this_host():
    """One after another, as one has no more than 28,000 ports, for a minute after their use."""
    number = os.getpid()
    while True:
        number += 1
        yield f"127.{1 + number // 250 % 250}.{number % 250}.1"


def connect(port, count):
    sources = addresses_of_this_host()
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
    print("here", flush=True)
    for client in waiting:
        assert client.recv(1) == bytes([wire.STOP_WAITING])
    print("released", flush=True)
    sys.stdin.read()


main()
