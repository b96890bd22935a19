"""Clients that stall, disconnect within a request, or do not read affect no other client."""

import random
import select
import socket

import pytest

from attacked import MIB
from support import wire
from support.client import ConnectionLost

TCP_REPAIR = 19

REQUESTS = {
    "SET": wire.set_value("key", b"v" * 3000),
    "COMPARE_SET": wire.compare_set("key", "v", b"d" * 3000),
    "GET": wire.get("key"),
    "ADD": wire.add("number", 1),
    "CHECK": wire.check(["key", "number"]),
    "WAIT": wire.wait(["never", "key"]),
    "GETNUMKEYS": wire.get_num_keys(),
    "DELETE_KEY": wire.delete_key("key"),
    "APPEND": wire.append("key", b"v" * 3000),
    "MULTI_GET": wire.multi_get(["key"] * 9),
    "MULTI_SET": wire.multi_set([("key", b"v" * 300), ("other", b"w" * 300)]),
    "PING": wire.ping(9),
    "QUEUE_PUSH": wire.queue_push("queue", b"e" * 3000),
    "QUEUE_POP": wire.queue_pop("queue"),
    "QUEUE_LEN": wire.queue_len("queue"),
    "LIST_KEYS": wire.list_keys(),
    "BARRIER": wire.barrier("barrier", 3),
}


def vanish(client):
    """Removes the connection without FIN or RST, as if the client's machine had lost power."""
    try:
        client.socket.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except PermissionError:
        pytest.skip("only root may use TCP_REPAIR")
    client.close()


def test_peers_that_vanish_without_a_fin_are_closed(attacked):
    """The server notices when it sends to them; the other waiting clients are released as well."""
    at = attacked()
    clients = [at.connect() for _ in range(200)]
    for client in clients:
        client.wait("awaited")
        client.assert_still_waiting()
    for client in clients[::2]:
        vanish(client)
    at.connect().set("awaited", "value")
    for client in clients[1::2]:
        client.assert_released()
        client.close()
    at.connect().queue_push("awaited", "releases no vanished client")
    at.wait_until_clients_are_closed(except_for=2)


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_reset_within_a_request_has_no_effect(attacked, operation):
    at, request, rng = attacked(), REQUESTS[operation], random.Random(operation)
    other = at.connect()
    other.set("key", "value")
    other.settle()
    cuts = [rng.randrange(len(request)) for _ in range(100)] + [len(request) - 1]
    for cut in cuts:
        client = at.connect()
        client.send(request[:cut])
        client.reset()
    at.wait_until_clients_are_closed(except_for=1)
    assert other.get("key") == b"value"
    assert other.check("number") == wire.NOT_READY
    assert other.check("other") == wire.NOT_READY
    assert other.check("barrier") == wire.NOT_READY
    assert other.queue_len("queue") == 0


def test_resets_within_large_values_free_their_memory(attacked):
    at = attacked()
    part = wire.set_value("large", b"v" * (8 * MIB))[:6 * MIB]
    for _ in range(100):
        client = at.connect()
        client.send(part)
        client.reset()
        at.wait_until_clients_are_closed()  # together, they may exceed the limit
    other = at.connect()
    other.set("large", b"v" * (8 * MIB))
    assert len(other.get("large")) == 8 * MIB


@pytest.mark.parametrize("request_, reply_bytes", [
    (wire.get("large"), 8 * MIB), (wire.multi_get(["large"] * 64), 512 * MIB),
    (wire.list_keys(), 300_000)], ids=["GET", "MULTI_GET", "LIST_KEYS"])
def test_readers_that_never_read_take_bounded_memory(attacked, request_, reply_bytes):
    """They request gigabytes; the server buffers no more than the high-water mark allows."""
    at = attacked("--output-high-water", "64K")
    other = at.connect()
    other.set("large", b"v" * (8 * MIB))
    other.multi_set(*((f"{number:010}", "") for number in range(20_000)))
    other.settle()
    readers = [at.connect() for _ in range(50)]
    for reader in readers:
        reader.send(request_ * 100)
    other.settle()
    assert len(other.get("large")) == 8 * MIB
    for reader in readers[:40]:
        reader.reset()
    for reader in readers[40:]:
        reader.close()
    assert len(other.get("large")) == 8 * MIB
    assert 50 * 100 * reply_bytes > 10 * at.cap
    assert not at.server.log.lines_with("level=warn"), "a reader that does not read was closed"


def test_requests_sent_one_byte_at_a_time_are_answered(attacked):
    at = attacked()
    clients = [at.connect(validate=False) for _ in range(100)]
    requests = [wire.validate() + wire.set_value(f"key {number}", f"value {number}")
                + wire.multi_get([f"key {number}", "none"]) + wire.add("sum", 1)
                for number in range(len(clients))]
    for offset in range(max(map(len, requests))):
        for client, request in zip(clients, requests):
            client.send(request[offset:offset + 1])
    sums = []
    for number, client in enumerate(clients):
        assert client.read_blob() == f"value {number}".encode()
        assert client.read_blob() == b""
        sums.append(client.read_i64())
    assert sorted(sums) == list(range(1, len(clients) + 1))


ANNOUNCED = {
    "SET": wire.set_value("key", b"v" * wire.MAX_VALUE_BYTES),
    "APPEND": wire.append("key", b"v" * wire.MAX_VALUE_BYTES),
    "QUEUE_PUSH": wire.queue_push("key", b"v" * wire.MAX_VALUE_BYTES),
    "CHECK": wire.opcode(wire.Op.CHECK) + wire.u64(wire.MAX_KEYS_PER_REQUEST) + wire.blob("key"),
    "WAIT": wire.opcode(wire.Op.WAIT) + wire.u64(wire.MAX_KEYS_PER_REQUEST) + wire.blob("key"),
    "MULTI_GET": wire.opcode(wire.Op.MULTI_GET) + wire.u64(wire.MAX_KEYS_PER_REQUEST)
                 + wire.blob("key"),
    "MULTI_SET": wire.opcode(wire.Op.MULTI_SET) + wire.u64(wire.MAX_KEYS_PER_REQUEST)
                 + wire.blob("key") + wire.u64(wire.MAX_VALUE_BYTES),
}


@pytest.mark.parametrize("operation", ANNOUNCED)
def test_announced_sizes_that_never_arrive_take_no_memory(attacked, operation):
    """A thousand clients announce 8 GB, or 131 million keys; only received bytes take memory."""
    at = attacked(cap=8 * MIB)
    begin = ANNOUNCED[operation][:40]
    clients = [at.connect() for _ in range(1000)]
    before = at.memory()
    for client in clients:
        client.send(begin)
    other = at.connect()
    other.settle()
    assert not at.server.log.lines_with("level=warn", "event=client-closed")
    if not at.sanitized:
        assert at.memory() - before < 4 * MIB
    other.set("key", "value")
    assert other.get("key") == b"value"


def test_clients_that_leave_before_the_reply_are_closed(attacked):
    at = attacked()
    other = at.connect()
    other.set("large", b"v" * MIB)
    other.settle()
    for number in range(300):
        client = at.connect()
        client.send(wire.get("large") * 8)
        client.reset() if number % 2 else client.close()
    at.wait_until_clients_are_closed(except_for=1)


def test_random_bytes_are_answered_or_close_the_client(attacked):
    at, rng = attacked(), random.Random(1)
    for number in range(300):
        client = at.connect(validate=number % 2 == 1)
        noise = rng.randbytes(rng.randrange(1, 3000))
        try:
            client.send(noise)
        except ConnectionLost:
            pass
        client.socket.shutdown(socket.SHUT_WR)
        readable, _, _ = select.select([client.socket], [], [], 20)
        assert readable, "neither answered nor closed"
        client.close()
    at.wait_until_clients_are_closed()
