"""Many stores of one server, filled and emptied one after the other. Whatever gaps each of them keeps,
the process holds no more than the server's limit and a constant."""

import contextlib
import json

import pytest

from attacked import PROGRAM, memory_of
from support import wire
from support.client import Client, ConnectionLost
from support.http import CHANGE, Http
from support.servers import Tcpstored, is_sanitized

MIB = 1 << 20
CAP = 64 * MIB
STORES = 40
VALUE = b"v" * 1000
BATCH = 1000


def open_store(http, name):
    """None: the others leave no memory for it."""
    status, _, body = http.request(f"/v1/stores/{name}", "PUT", **CHANGE)
    answer = json.loads(body)
    assert status == 201 or "out of memory" in answer["error"]
    return (http.address[0], answer["port"]) if status == 201 else None


def fill(client):
    """Until the store is full. Returns how many keys it has been sent."""
    sent = 0
    with contextlib.suppress(ConnectionLost, ConnectionError):
        while True:
            names = range(sent, sent + BATCH)
            sent += BATCH
            client.send(*(wire.set_value(f"{name}", VALUE) for name in names), wire.ping(7))
            client.read(4)
    return sent


def empty(client, count, keeps):
    """Deletes all keys but one of `keeps`; 0: all."""
    for first in range(0, count, BATCH):
        names = [name for name in range(first, first + BATCH) if not keeps or name % keeps]
        client.send(*(wire.delete_key(f"{name}") for name in names))
        client.read(8 * len(names))


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer takes memory of its own")
@pytest.mark.parametrize("keeps", [0, 40])
def test_stores_that_are_filled_and_emptied_hold_no_more_than_the_servers_limit(tmp_path, keeps):
    server = Tcpstored(tmp_path, "--max-memory", f"{CAP}", "--job-memory", f"{CAP}")
    http = Http(server.address)
    clients = []
    for number in range(STORES):
        address = open_store(http, f"job-{number}")
        if address is None:
            break
        with contextlib.closing(Client(address, timeout=60)) as filling:
            count = fill(filling)
        clients.append(Client(address, timeout=60))  # so the store stays busy, and keeps gaps
        empty(clients[-1], count, keeps)
    assert len(clients) == STORES or keeps  # some of the pages of each store cannot be given back
    memory = memory_of(server.process, "VmHWM")
    for client in clients:
        client.close()
    server.stop()
    assert memory < CAP * 115 // 100 + PROGRAM, f"the server took {memory / MIB:.0f} MiB"
