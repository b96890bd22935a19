"""A healthy client: performs one operation after another, checks every reply, and finally prints
the latencies in seconds as JSON. It stops when its standard input is closed and it has had the
given number of replies, after performing each operation once more.

usage: healthy_client.py PORT all|reads REPLIES

It is a separate process, so that the latencies are the server's and not those of a busy test."""

import json
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from support import wire  # noqa: E402
from support.client import Client  # noqa: E402

PAUSE = 0.001  # seconds between operations, to leave the CPU to the server


def write_and_read(client, number):
    value = b"v" * (number % 5000)
    client.send(wire.set_value("healthy", value), wire.get("healthy"))
    assert client.read_blob() == value


def add(client, number):
    assert client.add("healthy/count", 1) == number // len(ALL) + 1


def push_and_pop(client, number):
    client.send(wire.queue_push("healthy/queue", str(number)), wire.queue_pop("healthy/queue"))
    assert (client.read_i64(), client.read_blob()) == (1, str(number).encode())


def wait(client, number):
    client.wait("healthy/existing")
    assert client.read_u8() == wire.STOP_WAITING


def read(client, number):
    assert client.get("healthy/existing") == b"value"
    assert client.check("healthy/existing", "healthy/missing") == wire.NOT_READY


def ping(client, number):
    client.ping()


READS = (read, wait, ping)
ALL = (write_and_read, add, push_and_pop, *READS)


class Load:
    def __init__(self, client, operations):
        self.client, self.operations = client, operations
        self.seconds = []

    def perform_next(self):
        number = len(self.seconds)
        begin = time.monotonic()
        self.operations[number % len(self.operations)](self.client, number)
        self.seconds.append(time.monotonic() - begin)

    def perform_each(self):
        for _ in self.operations:
            self.perform_next()


def main():
    client = Client(("127.0.0.1", int(sys.argv[1])), timeout=60)
    client.set("healthy/existing", "value")
    client.ping()
    print("connected", flush=True)
    stopped = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopped.set()), daemon=True).start()
    load = Load(client, READS if sys.argv[2] == "reads" else ALL)
    while not stopped.is_set() or len(load.seconds) < int(sys.argv[3]):
        time.sleep(PAUSE)
        load.perform_next()
    load.perform_each()
    json.dump(load.seconds, sys.stdout)


main()
