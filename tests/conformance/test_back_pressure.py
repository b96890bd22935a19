"""The server stops reading from a client that does not read its replies, and may close it."""

import socket
from pathlib import Path

import pytest

from support import wire
from support.client import ConnectionLost

pytestmark = pytest.mark.tcpstored

KEY = "k" * 1000  # long: few requests fill the kernel's buffers
VALUE = b"v" * (4 << 10)
EXECUTED = "executed"  # a byte for each request that the server has executed
REQUEST = wire.get(KEY) + wire.append(EXECUTED, "x")
REPLY = wire.blob(VALUE)
FAR_TOO_MUCH = 32 << 20
# In the kernel, for one client; SECURITY.md promises it.
UNSENT_MAX = 1 << 20  # half of it is not sent, the rest is not acknowledged
RECEIVED_MAX = 2 << 20


def send_what_fits(client, sent):
    """Continues the requests after their first `sent` bytes, until sending would block."""
    client.socket.setblocking(False)
    try:
        while sent < FAR_TOO_MUCH:
            sent += client.socket.send(REQUEST[sent % len(REQUEST):])
    except BlockingIOError:
        return sent
    finally:
        client.socket.settimeout(10)
    raise AssertionError(f"the server has read {sent} bytes and still reads")


def send_until_paused(client, other):
    """Sends requests until the server executes no more, although some have arrived."""
    other.delete_key(EXECUTED)
    sent, before, executed = 0, None, 0
    while executed != before:
        sent = send_what_fits(client, sent)
        for _ in range(20):
            other.settle()
        before, executed = executed, len(other.get(EXECUTED))
    assert executed < sent // len(REQUEST), "the server has executed every request"
    return sent


def read_everything(client, sent):
    whole, rest = divmod(sent, len(REQUEST))
    for _ in range(whole):
        assert client.read(len(REPLY)) == REPLY
    client.send(REQUEST[rest:])
    assert client.read(len(REPLY)) == REPLY


@pytest.fixture
def served(tcpstored):
    server, connect = tcpstored("--output-high-water", "64K")
    other = connect()
    other.set(KEY, VALUE)
    other.settle()
    return connect(), other


def test_a_client_that_never_reads_is_no_longer_read_from(served):
    client, other = served
    send_until_paused(client, other)
    assert other.get(KEY) == VALUE


def test_a_paused_client_is_served_again_once_it_reads(served):
    client, other = served
    for _ in range(3):
        read_everything(client, send_until_paused(client, other))
    client.ping()


def test_requests_of_a_paused_client_take_effect_once_it_reads(served):
    client, other = served
    sent = send_until_paused(client, other)
    assert other.check("late") == wire.NOT_READY
    whole, rest = divmod(sent, len(REQUEST))
    client.read(len(REPLY) * whole)
    client.send(REQUEST[rest:], wire.set_value("late", "value"), wire.ping(1))
    assert client.read(len(REPLY) + 4) == REPLY + wire.u32(1)
    assert other.get("late") == b"value"


def test_a_paused_client_that_disconnects_leaves_the_others_served(served):
    client, other = served
    send_until_paused(client, other)
    client.reset()
    other.settle()
    assert other.get(KEY) == VALUE


@pytest.mark.parametrize("values", [1, 4])
def test_a_client_that_has_shut_down_its_side_gets_its_whole_backlog(tcpstored, values):
    """One value leaves a backlog below the high-water mark, four pause the client first."""
    _, connect = tcpstored("--output-high-water", "8M")
    client, other = connect(), connect()
    large = b"v" * (8 << 20)
    other.set("large", large)
    other.settle()
    client.send(wire.get("large") * values)
    client.socket.shutdown(socket.SHUT_WR)
    other.settle()
    for _ in range(values):
        assert client.read_blob() == large
    client.assert_closed()


def test_set_releases_the_wait_of_a_paused_client(served):
    client, other = served
    client.wait("awaited")
    client.assert_still_waiting()
    sent = send_until_paused(client, other)
    other.set("awaited", "value")
    other.settle()
    replies = client.read(len(REPLY) * (sent // len(REQUEST)) + 1)
    assert replies.replace(REPLY, b"") == bytes([wire.STOP_WAITING])


def assert_closed_for_the_hard_cap(server, client, operation):
    line = server.log.wait_for("event=client-closed ", f"client={client.name} ")
    assert "level=warn" in line and f"operation={operation} " in line
    assert f"more than {CAP} bytes of replies would wait to be sent (output_hard_cap)" in line


CAP = 256 << 10
CAP_FLAGS = ("--output-high-water", "64K", "--output-hard-cap", "256K", "--max-value-bytes", "100K")
SENDABLE = CAP - 2 * (64 << 10) - 1024  # bytes of the largest value, as docs/PROTOCOL.md has it


def test_a_reply_larger_than_the_hard_cap_closes_the_client(tcpstored):
    server, connect = tcpstored(*CAP_FLAGS)
    client, other = connect(), connect()
    large = b"v" * 100_000
    other.set("large", large)
    other.settle()
    client.send(wire.multi_get(["large"] * 8))
    assert_closed_for_the_hard_cap(server, client, "MULTI_GET")
    with pytest.raises(ConnectionLost):
        client.read(8 * len(wire.blob(large)))
    assert other.check("large") == wire.READY


def test_a_backlog_larger_than_the_hard_cap_closes_the_client(tcpstored):
    """No single reply exceeds the cap. How much of a reply the kernel takes depends on what was
    sent before; about half of the backlogs stay below the high-water mark, so that the server reads
    the next request. Each client has its own network, because the log limits lines per network."""
    server, connect = tcpstored("--output-high-water", "200K", "--output-hard-cap", "402K",
                                "--max-value-bytes", "1K")
    other = connect()
    other.set("key", b"v" * 1000)
    for number in range(20):
        client = connect(source=f"127.1.{number}.1")
        client.send(wire.get("key") * 20 * number + wire.multi_get(["key"] * 200) * 80)
        other.settle()
    line = server.log.wait_for("event=client-closed ", "operation=replies ")
    assert f"more than {402 << 10} bytes of replies would wait to be sent (output_hard_cap)" in line
    assert other.check("key") == wire.READY


def test_append_past_the_largest_sendable_value_closes_the_client(tcpstored):
    server, connect = tcpstored(*CAP_FLAGS)
    client, other = connect(), connect()
    other.append("sum", b"v" * 100_000)
    other.append("sum", b"v" * (SENDABLE - 100_000))
    assert len(other.get("sum")) == SENDABLE
    client.append("sum", b"v")
    client.assert_closed()
    line = server.log.wait_for("event=client-closed ", f"client={client.name} ")
    assert 'operation=APPEND key="sum" ' in line
    assert f"{SENDABLE + 1} bytes, at most {SENDABLE} allowed; raise output_hard_cap" in line
    assert len(other.get("sum")) == SENDABLE


def test_get_of_the_largest_values_succeeds_behind_a_backlog(tcpstored):
    """The largest that the limits allow, requested at once and after other values."""
    server, connect = tcpstored(*CAP_FLAGS)
    client, other = connect(), connect()
    other.set("large", b"v" * (100 << 10))
    other.append("sum", b"v" * (100 << 10))
    other.append("sum", b"v" * (SENDABLE - (100 << 10)))
    other.set("small", b"v" * 65_000)
    other.settle()
    requests = [wire.get("small"), wire.get("sum"), wire.get("small"), wire.get("large")]
    client.send(*requests * 200)
    for _ in range(200):
        for length in (65_000, SENDABLE, 65_000, 100 << 10):
            assert len(client.read_blob()) == length


ESTABLISHED = "01"  # not one that an earlier server has left


def kernel_queues(port):
    """Bytes to send and bytes received for each connection of the server, in the kernel."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues = line.split()[:5]
        if local.endswith(f":{port:04X}") and state == ESTABLISHED:
            yield tuple(int(number, 16) for number in queues.split(":"))


def rmem_max():
    file = Path("/proc/sys/net/core/rmem_max")
    return int(file.read_text()) if file.exists() else 0


def test_a_client_that_reads_nothing_takes_little_of_the_kernels_memory(tcpstored):
    server, connect = tcpstored()
    other = connect()
    other.set(KEY, b"v" * wire.MAX_VALUE_BYTES)
    other.settle()
    clients = [connect() for _ in range(10)]
    for client in clients:
        client.send(wire.get(KEY))
        other.settle()
    unsent = [to_send for to_send, _ in kernel_queues(server.address[1]) if to_send > 1000]
    assert len(unsent) == len(clients) and max(unsent) <= UNSENT_MAX
    for client in clients:
        assert client.read_blob() == b"v" * wire.MAX_VALUE_BYTES


@pytest.mark.skipif(rmem_max() < RECEIVED_MAX // 2, reason="this host's net.core.rmem_max is small")
def test_a_client_that_is_not_read_from_takes_little_of_the_kernels_memory(tcpstored):
    """The kernel's buffer grows for a client that has sent much and fast."""
    server, connect = tcpstored()
    client, other = connect(), connect()
    for _ in range(5):
        client.set(KEY, b"v" * wire.MAX_VALUE_BYTES)
    client.ping()
    client.send(wire.get(KEY))
    other.settle()
    send_what_fits(client, 0)
    other.settle()
    send_what_fits(client, 0)
    assert 0 < max(received for _, received in kernel_queues(server.address[1])) <= RECEIVED_MAX
