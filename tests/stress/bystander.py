"""A client that an attack should not affect. It connects and, after a line of its standard input,
performs one operation after another, with a pause between, until the input ends. Prints their
latencies in seconds, and how often the server refused it, as JSON.

usage: bystander.py PORT SOURCE|- all|reads|long|longer|pair"""

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


def release(client, waiter):
    """A WAIT that a SET of another client ends."""
    waiter.wait("healthy/awaited")
    waiter.ping()
    client.set("healthy/awaited", "")
    assert waiter.read_u8() == wire.STOP_WAITING
    client.delete_key("healthy/awaited")


OPERATIONS = {
    "all": READS + WRITES,
    "reads": READS,
    "long": set_and_get_many(LONG),
    "longer": set_and_get_many(LONGER),
    "pair": (release,),
}


class Bystander:
    def __init__(self, port, source, clients):
        self.address, self.source = ("127.0.0.1", port), source
        self.seconds, self.refused = [], 0
        self.connect(clients)

    def connect(self, clients):
        self.clients = [Client(self.address, timeout=TIMEOUT, source=self.source)
                        for _ in range(clients)]

    def perform(self, operation):
        begin = time.monotonic()
        try:
            operation(*self.clients)
        except (ConnectionLost, NoReply, OSError):
            self.refused += 1
            for client in self.clients:
                client.close()
            self.connect(len(self.clients))
        self.seconds.append(time.monotonic() - begin)


def main():
    port, source, operations = sys.argv[1:]
    bystander = Bystander(int(port), None if source == "-" else source,
                          clients=2 if operations == "pair" else 1)
    bystander.clients[0].set("healthy/existing", "value")
    bystander.clients[0].settle()
    if operations != "reads":
        for operation in OPERATIONS[operations]:
            operation(*bystander.clients)
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
