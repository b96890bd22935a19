"""While attackers use up the memory of the server, every other client is answered."""

import pytest

from support import wire
from support.client import ConnectionLost
from support.hosts import outer_address
from support.waiting import wait_until

pytestmark = pytest.mark.tcpstored

MEMORY = 16 << 20
LARGE = b"v" * 200_000
HEALTHY = 50
ATTACKERS = 30


@pytest.fixture
def store(tcpstored):
    """A server, and a function that connects from a host that is not the server's."""
    server, connect = tcpstored("--max-memory", str(MEMORY))
    outer = outer_address()
    return server, lambda: connect(source=outer)


def fill(connect):
    """Stores values until even a small one is refused. Returns one key."""
    for size in (100_000, 4000, 1):
        client, number = connect(), 0
        try:
            while True:
                client.set(f"{size} {number}", b"v" * size)
                client.ping()
                number += 1
        except ConnectionLost:
            client.close()
    return "1 0"


def send_unread(client, *requests):
    """Sends requests and reads no reply; the server may close the client or stop reading."""
    client.socket.settimeout(0.05)
    try:
        client.send(*requests)
    except (ConnectionLost, TimeoutError):
        pass


def leave_replies_unread(server, connect):
    """Clients that use up the memory for unsent replies, of copied and of shared values."""
    for request in [wire.get("large"), wire.list_keys(), wire.get("4000 0")] * ATTACKERS:
        send_unread(connect(), request * 10_000)
    wait_until(lambda: server.log.lines_with("event=client-closed", "clients on this host can"))


def stop_within_values(connect):
    """Clients that send most of a value, of all sizes."""
    for size in [300_000] * 40 + [60_000] * 20 + [3000] * 20 + [300] * 20:
        send_unread(connect(), wire.set_value("key", b"v" * size)[:-1])


def test_clients_are_answered_while_attackers_use_up_all_memory(store):
    server, connect = store
    waiting = [connect() for _ in range(HEALTHY)]
    healthy = [connect() for _ in range(HEALTHY)]
    for client in waiting:
        client.wait("awaited", "awaited too")
    healthy[0].set("large", LARGE)
    healthy[0].set("small", "value")
    assert healthy[0].compare_set("large", "another", "value") == LARGE
    fill(connect)
    leave_replies_unread(server, connect)
    stop_within_values(connect)
    for client in healthy:
        client.ping()
        assert client.get("small") == b"value"
        assert client.get("large") == LARGE
        assert client.check("small", "missing") == wire.NOT_READY
        client.wait("small")
        client.assert_released()
        client.wait("missing")
        assert client.cancel_wait() == wire.WAIT_CANCELED
        assert client.compare_set("large", "another", "value") == LARGE
    for key in ("awaited", "awaited too"):
        assert healthy[0].compare_set(key, "expected", "value") == b"expected"
    for client in waiting:
        client.assert_released()
    late = connect()
    assert late.get("small") == b"value"
    for client in healthy + waiting + [late]:
        client.ping()
