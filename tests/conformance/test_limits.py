"""tcpstored's limits: a client that exceeds one is closed and logged; all others are served."""

import pytest

from support import wire
from support.client import ConnectionLost
from support.hosts import RESERVED_SLOTS

pytestmark = pytest.mark.tcpstored

MIB = 1 << 20
FOR_VALUES = MIB  # of --max-memory 2M; the other half is reserved for clients on this host


def assert_refused(server, client, word, event="client-closed"):
    """The connection is closed, and exactly one log line names the client and the reason."""
    client.assert_closed()
    words = (f"event={event} ", f"client={client.name} ")
    line = server.log.wait_for(*words)
    assert "level=warn" in line
    assert word in line.partition('reason="')[2].partition('"')[0], line
    assert len(server.log.lines_with(*words)) == 1


def accepted_before_refusal(client, request, at_most):
    """How many requests were accepted; `request` makes one from its number."""
    for number in range(at_most):
        try:
            client.send(request(number))
            client.ping()
        except ConnectionLost:
            return number
    raise AssertionError(f"all {at_most} requests were accepted")


def test_a_key_over_max_key_bytes_closes_the_client(tcpstored):
    server, connect = tcpstored("--max-key-bytes", "16")
    client, other = connect(), connect()
    client.set("k" * 16, "value")
    assert client.get("k" * 16) == b"value"
    client.send(wire.get("k" * 17))
    assert_refused(server, client, "key")
    assert other.get("k" * 16) == b"value"


def test_a_value_over_max_value_bytes_closes_the_client(tcpstored):
    server, connect = tcpstored("--max-value-bytes", "1K")
    client, other = connect(), connect()
    client.set("key", b"v" * 1024)
    assert client.get("key") == b"v" * 1024
    client.set("key", b"w" * 1025)
    assert_refused(server, client, "value")
    assert other.get("key") == b"v" * 1024


@pytest.mark.parametrize("request_for", [
    lambda value: wire.set_value("a key", value),
    lambda value: wire.append("a key", value),
    lambda value: wire.queue_push("a key", value),
    lambda value: wire.compare_set("a key", "expected", value),
    lambda value: wire.multi_set([("another", "value"), ("a key", value)]),
], ids=["SET", "APPEND", "QUEUE_PUSH", "COMPARE_SET", "MULTI_SET"])
def test_the_log_line_for_a_value_that_is_too_long_names_its_key(tcpstored, request_for):
    server, connect = tcpstored("--max-value-bytes", "1K")
    client = connect()
    client.send(request_for(b"v" * 1025))
    client.assert_closed()
    assert ' key="a key" ' in server.log.wait_for("event=client-closed ", "value too long")


MANY_KEYS = {
    "CHECK": (wire.check, bytes([wire.NOT_READY])),
    "WAIT": (wire.wait, b""),
    "MULTI_GET": (wire.multi_get, wire.blob("") * 4),
    "MULTI_SET": (lambda keys: wire.multi_set([(key, "") for key in keys]), b""),
}


@pytest.mark.parametrize(("request_for", "reply"), MANY_KEYS.values(), ids=MANY_KEYS)
def test_more_keys_than_max_keys_per_request_close_the_client(tcpstored, request_for, reply):
    server, connect = tcpstored("--max-keys-per-request", "4")
    client, other = connect(), connect()
    client.send(request_for("abcd"), wire.cancel_wait())
    assert client.read(len(reply) + 1) == reply + bytes([wire.WAIT_CANCELED])
    client.send(request_for("abcde"))
    assert_refused(server, client, "keys")
    other.ping()


def test_values_over_max_memory_close_the_client(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    client, other = connect(), connect()
    value = b"v" * 50_000
    accepted = accepted_before_refusal(client, lambda n: wire.set_value(str(n), value),
                                       FOR_VALUES // len(value) + 1)
    assert accepted > 10
    assert_refused(server, client, "memory")
    assert other.multi_get(*map(str, range(accepted))) == [value] * accepted
    assert other.check(str(accepted)) == wire.NOT_READY
    assert other.delete_key("0") == 1
    other.set("again", value)
    assert other.get("again") == value


def test_small_keys_over_max_memory_close_the_client(tcpstored):
    """Names and the store's own bookkeeping count as well."""
    server, connect = tcpstored("--max-memory", "2M")
    client, other = connect(), connect()
    names = [["%d/%d" % (n, k) for k in range(1000)] for n in range(100)]
    accepted = accepted_before_refusal(
        client, lambda n: wire.multi_set([(name, "") for name in names[n]]), 100)
    assert_refused(server, client, "memory")
    assert other.get_num_keys() == accepted * 1000


def test_queue_entries_over_max_memory_close_the_client(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    client, other = connect(), connect()
    entry = b"e" * 50_000
    accepted = accepted_before_refusal(client, lambda n: wire.queue_push("queue", entry),
                                       FOR_VALUES // len(entry) + 1)
    assert_refused(server, client, "memory")
    assert other.queue_len("queue") == accepted
    assert other.queue_pop("queue") == (accepted, entry)


def test_a_wait_over_max_memory_closes_the_client(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    client, other = connect(), connect()
    client.wait(*("key %d" % number for number in range(100_000)))
    assert_refused(server, client, "memory")
    other.set("key 1", "value")
    assert other.get("key 1") == b"value"


def test_an_unfinished_value_over_max_memory_closes_the_client(tcpstored):
    """Received bytes count; announced ones do not."""
    server, connect = tcpstored("--max-memory", "2M")
    announcers = [connect() for _ in range(10)]
    client, other = connect(), connect()
    for announcer in announcers:
        announcer.send(wire.set_value("key", b"v" * 8 * MIB)[:100])
    other.settle()
    try:
        client.send(wire.set_value("key", b"v" * 8 * MIB))
    except ConnectionLost:
        pass
    assert_refused(server, client, "memory")
    other.set("key", "value")
    assert other.get("key") == b"value"


def test_disconnecting_frees_the_memory_of_waits_and_unfinished_values(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    other = connect()
    for number in range(50):
        client = connect()
        client.wait(*("%d/%d" % (number, key) for key in range(500)))
        client.assert_still_waiting()
        client.send(wire.set_value("key", b"v" * 100_000)[:-1])
        client.leave()
    other.set("key", b"v" * 500_000)
    assert other.get("key") == b"v" * 500_000


def test_a_drained_queue_frees_its_memory(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    client = connect()
    for number in range(20_000):
        client.send(wire.queue_push("queue %d" % number, "entry"),
                    wire.queue_pop("queue %d" % number))
    assert [(client.read_i64(), client.read_blob()) for _ in range(20_000)] == (
        [(1, b"entry")] * 20_000)


def test_replaced_and_deleted_values_free_their_memory(tcpstored):
    server, connect = tcpstored("--max-memory", "2M")
    client = connect()
    for number in range(100):
        client.set("key", bytes([number]) * 100_000)
        client.set("another %d" % number, b"v" * 100_000)
        assert client.delete_key("another %d" % number) == 1
    assert client.get("key") == bytes([99]) * 100_000


def test_a_client_over_max_clients_is_refused(tcpstored):
    """Clients on this host have reserved slots beyond the limit; see test_full_store.py."""
    server, connect = tcpstored("--max-clients", "2")
    allowed = [connect() for _ in range(2 + RESERVED_SLOTS)]
    for client in allowed:
        client.ping()
    refused = connect(validate=False)
    assert_refused(server, refused, "clients", event="client-refused")
    allowed[0].ping()
    allowed.pop().leave()
    allowed[0].settle()
    connect().ping()


def test_a_push_over_max_queue_entries_closes_the_client(tcpstored):
    server, connect = tcpstored("--max-queue-entries", "2")
    client, other = connect(), connect()
    client.queue_push("queue", "one")
    client.queue_push("queue", "two")
    client.queue_push("another", "one")
    client.ping()
    client.queue_push("queue", "three")
    assert_refused(server, client, "queue")
    assert other.queue_pop("queue") == (2, b"one")
    other.queue_push("queue", "three")
    assert other.queue_len("queue") == 2


@pytest.mark.parametrize("sent", [0, 1, 4], ids="{} bytes of VALIDATE".format)
def test_a_client_that_does_not_validate_in_time_is_closed(tcpstored, sent):
    server, connect = tcpstored("--validate-timeout", "0.05")
    other = connect()
    other.ping()
    client = connect(validate=False)
    client.send(wire.validate()[:sent])
    assert_refused(server, client, "validate")
    other.ping()


def test_the_validate_timeout_does_not_close_a_validated_client(tcpstored):
    server, connect = tcpstored("--validate-timeout", "0.05")
    validated = connect()
    connect(validate=False).assert_closed()
    connect(validate=False).assert_closed()
    validated.ping()
