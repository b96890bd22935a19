"""A healthy client: asks one thing after another, sees that every answer is right, and says at
the end, in JSON, how many seconds each took. When its standard input has ended, and it has
had so many answers, it asks everything once more and ends too.

usage: bystander.py PORT everything|reading ANSWERS

A process of its own, so that the time it measures is the server's and not a busy test's."""

import json
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from support import wire  # noqa: E402
from support.client import Client  # noqa: E402

PAUSE = 0.001


def write_and_read(client, turn):
    value = b"v" * (turn % 5000)
    client.send(wire.set_value("bystander", value), wire.get("bystander"))
    assert client.read_blob() == value


def count(client, turn):
    assert client.add("bystander/turns", 1) == turn // len(EVERYTHING) + 1


def queue(client, turn):
    client.send(wire.queue_push("bystander/queue", str(turn)), wire.queue_pop("bystander/queue"))
    assert (client.read_i64(), client.read_blob()) == (1, str(turn).encode())


def wait(client, turn):
    client.wait("bystander/known")
    assert client.read_u8() == wire.STOP_WAITING


def read(client, turn):
    assert client.get("bystander/known") == b"value"
    assert client.check("bystander/known", "bystander/unknown") == wire.NOT_READY


def ping(client, turn):
    client.ping()


READING = (read, wait, ping)
EVERYTHING = (write_and_read, count, queue, *READING)


class Asking:
    def __init__(self, client, questions):
        self.client, self.questions = client, questions
        self.seconds = []

    def one(self):
        turn = len(self.seconds)
        begin = time.monotonic()
        self.questions[turn % len(self.questions)](self.client, turn)
        self.seconds.append(time.monotonic() - begin)

    def all(self):
        for _ in self.questions:
            self.one()


def main():
    client = Client(("127.0.0.1", int(sys.argv[1])), timeout=60)
    client.set("bystander/known", "value")
    client.ping()
    print("asking", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    asking = Asking(client, READING if sys.argv[2] == "reading" else EVERYTHING)
    while not ended.is_set() or len(asking.seconds) < int(sys.argv[3]):
        time.sleep(PAUSE)
        asking.one()
    asking.all()
    json.dump(asking.seconds, sys.stdout)


main()
