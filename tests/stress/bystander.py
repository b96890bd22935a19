"""A client that an attack should not affect. It connects and, after a line of its standard input,
performs one operation after another, with a pause between, until the input ends. Prints their
latencies in seconds, and how often the server refused it, as JSON.

usage: bystander.py PORT SOURCE|- all|reads|long|longer"""

import gc
import json
import select
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from support import wire  # noqa: E402
from support.client import Client, ConnectionLost, NoReply  # noqa: E402

PAUSE = 0.001  # seconds
TIMEOUT = 60


def set_and_get(client):
    client.set("healthy/value", "value")
    assert client.get("healthy/value") == b"value"


def wait(client):
    client.wait("healthy/existing")
    assert client.read_u8() == wire.STOP_WAITING


def push_and_pop(client):
    client.queue_push("healthy/queue", "entry")
    assert client.queue_pop("healthy/queue") == (1, b"entry")


READS = (
    Client.ping,
    lambda client: client.get("healthy/existing"),
    lambda client: client.check("healthy/existing", "healthy/missing"),
    wait,
)
WRITES = (set_and_get, lambda client: client.add("healthy/count", 1), push_and_pop)


LONG = [f"healthy/{number:04}" for number in range(1100)]
LONGER = [f"healthy/{number:04}" for number in range(5000)]  # more than is done in one go


def set_and_get_many(keys):
    def set_many(client):
        client.multi_set(*((key, "value") for key in keys))
        client.ping()
    return set_many, lambda client: client.multi_get(*keys)


OPERATIONS = {
    "all": READS + WRITES,
    "reads": READS,
    "long": set_and_get_many(LONG),
    "longer": set_and_get_many(LONGER),
}


class Bystander:
    def __init__(self, port, source):
        self.address, self.source = ("127.0.0.1", port), source
        self.seconds, self.refused = [], 0
        self.connect()

    def connect(self):
        self.client = Client(self.address, timeout=TIMEOUT, source=self.source)

    def perform(self, operation):
        begin = time.monotonic()
        try:
            operation(self.client)
        except (ConnectionLost, NoReply, OSError):
            self.refused += 1
            self.client.close()
            self.connect()
        self.seconds.append(time.monotonic() - begin)


def main():
    port, source, operations = sys.argv[1:]
    bystander = Bystander(int(port), None if source == "-" else source)
    bystander.client.set("healthy/existing", "value")
    bystander.client.settle()
    if operations != "reads":
        for operation in OPERATIONS[operations]:
            operation(bystander.client)
    gc.disable()
    print("connected", flush=True)
    sys.stdin.readline()
    while True:
        for operation in OPERATIONS[operations]:
            if select.select([sys.stdin], [], [], PAUSE)[0]:
                print(json.dumps({"seconds": bystander.seconds, "refused": bystander.refused}))
                return
            bystander.perform(operation)


main()
