"""A relay: how it finds its store, and what it does with its clients. What these see of links that break is in test_clients.py."""

import random
import signal
import socket
import subprocess
import threading

import pytest

from support import wire
from support.client import Client, ConnectionLost
from support.servers import Tcpstored, free_port, tcpstored_program, trunk_address
from support.waiting import wait_until

SECONDS = 30
UNUSED = "127.0.0.1:1"


@pytest.fixture
def relay(start_relay, proxy):
    relay = start_relay("--upstream", "%s:%d" % proxy.address)
    relay.log.wait_for("event=upstream-connected")
    return relay


@pytest.fixture
def join(relay, connect):
    """Clients of the relay."""
    return lambda: connect(relay.address)


def listed(http):
    return http.items("clients")


# Links that break

def test_what_many_clients_send_without_a_link_is_more_than_the_relay_keeps(join, proxy):
    """So their sockets fill up, until the store takes what was kept."""
    clients = [join() for _ in range(8)]
    for client in clients:
        client.ping()
    proxy.close()
    values = [random.Random(number).randbytes(600_000) for number in range(8)]
    senders = [threading.Thread(target=client.set, args=(f"key{number}", values[number]))
               for number, client in enumerate(clients)]
    for sender in senders:
        sender.start()
    proxy.open()
    for sender in senders:
        sender.join()
    assert [client.get(f"key{number}") for number, client in enumerate(clients)] == values


@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
def test_a_relay_that_the_store_has_forgotten_disconnects_its_clients_and_comes_anew(join, proxy, relay, server):
    client = join()
    client.set("key", b"value")
    client.ping()
    proxy.close()
    server.log.wait_for("event=relay-gone", "--relay-timeout")
    client.assert_closed()
    relay.log.wait_for("event=relay-forgotten", seconds=SECONDS)
    proxy.open()
    assert join().get("key") == b"value"


def test_clients_that_come_while_there_is_no_store_are_served_later(start_relay, tmp_path_factory, credentials):
    port = free_port()
    relay = start_relay("--upstream", f"127.0.0.1:{port}")
    relay.log.wait_for("event=upstream-waiting", "connection refused")
    client = Client(relay.address, timeout=SECONDS)
    client.set("key", b"value")
    server = Tcpstored(tmp_path_factory.mktemp("late"), "--trunk", f"127.0.0.1:{port}", *credentials.flags)
    assert client.get("key") == b"value"
    client.close()
    relay.stop()
    server.stop()


def test_another_place_is_tried_if_one_has_no_store(start_relay, trunk, credentials):
    relay = start_relay(*credentials.between_hosts, "--upstream", UNUSED, "--upstream", "no-host.invalid:1", "--upstream", "%s:%d" % trunk)
    relay.log.wait_for("event=upstream-connected", "upstream=%s:%d" % trunk, seconds=SECONDS)
    relay.log.wait_for("event=upstream-waiting", f"upstream={UNUSED}")


def test_another_place_is_tried_if_one_is_silent(start_relay, trunk):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        relay = start_relay("--upstream", address, "--upstream", "%s:%d" % trunk)
        relay.log.wait_for("event=upstream-waiting", f"upstream={address}", "does not greet", seconds=SECONDS)
        relay.log.wait_for("event=upstream-connected", "upstream=%s:%d" % trunk, seconds=SECONDS)


def test_after_a_loss_the_store_that_knows_the_relay_is_tried_first(start_relay, proxy, tmp_path_factory,
                                                                    credentials):
    other = Tcpstored(tmp_path_factory.mktemp("other"), "--trunk", "127.0.0.1:0", *credentials.flags)
    relay = start_relay("--upstream", "%s:%d" % proxy.address, "--upstream", "%s:%d" % trunk_address(other))
    client = Client(relay.address, timeout=SECONDS)
    for count in range(1, 10):
        assert client.add("count", 1) == count
        proxy.cut()
    assert not relay.log.lines_with("event=relay-forgotten")
    client.close()
    other.stop()


def test_what_is_no_store_is_named(start_relay, server):
    relay = start_relay("--upstream", "%s:%d" % server.address)
    relay.log.wait_for("event=upstream-waiting", "upstream=%s:%d" % server.address, seconds=SECONDS)
    server.log.wait_for("event=client-closed", "client=127.0.0.1:")


# Clients

def test_a_client_that_leaves_or_dies_leaves_the_store(join, http):
    for _ in range(3):
        clients = [join() for _ in range(3)]
        for client in clients:
            client.ping()
        assert len(listed(http)) == 3
        for client in clients:
            client.close()
        wait_until(lambda: listed(http) == [], SECONDS)


def test_a_client_that_dies_with_replies_unread_leaves_the_store(join, direct, http):
    direct.set("large", b"x" * 1_000_000)
    direct.ping()
    client = join()
    client.send(wire.get("large") * 100)
    client.reset()
    wait_until(lambda: len(listed(http)) == 1, SECONDS)


def test_a_refused_client_that_does_not_read_and_sends_on_harms_no_other(join, direct):
    direct.set("large", b"x" * 1_000_000)
    direct.ping()
    wrong, other = join(), join()
    wrong.send(wire.get("large") * 20, wire.opcode(255))
    other.ping()
    for _ in range(20):
        wrong.send(wire.ping(1))
        other.ping()
    assert [wrong.read_blob() for _ in range(5)] == [b"x" * 1_000_000] * 5
    wrong.send(wire.ping(1))
    assert other.add("count", 1) == 1


def test_beyond_its_limit_clients_are_refused(start_relay, trunk):
    relay = start_relay("--upstream", "%s:%d" % trunk, "--max-clients", "2")
    clients = [Client(relay.address, timeout=SECONDS) for _ in range(2)]
    for client in clients:
        client.ping()
    late = Client(relay.address, timeout=SECONDS)
    with pytest.raises(ConnectionLost):
        late.ping()
    relay.log.wait_for("event=client-refused", "clients")
    clients[0].close()
    wait_until(lambda: Client(relay.address, timeout=SECONDS, validate=False).is_accepted(), SECONDS)
    clients[1].close()


# The end

@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
def test_a_relay_that_stops_takes_its_clients_along_at_once(join, relay, server, http):
    client = join()
    client.ping()
    relay.stop()
    wait_until(lambda: listed(http) == [], SECONDS)
    client.assert_closed()
    assert "clients=0" in server.log.wait_for("event=relay-gone", seconds=SECONDS)


@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
def test_the_clients_of_a_relay_that_is_killed_leave_in_time(join, relay, server, http):
    client = join()
    client.ping()
    relay.process.kill()
    server.log.wait_for("event=relay-lost")
    assert len(listed(http)) == 1
    server.log.wait_for("event=relay-gone", seconds=SECONDS)
    wait_until(lambda: listed(http) == [], SECONDS)


def test_a_relay_that_drains_ends_after_its_last_client(join, relay):
    client = join()
    client.ping()
    relay.process.send_signal(signal.SIGUSR2)
    relay.log.wait_for("event=draining clients=1")
    late = Client(relay.address, timeout=SECONDS)
    late.assert_closed()
    assert client.add("count", 1) == 1
    client.close()
    assert relay.process.wait(SECONDS) == 0


def test_when_the_store_stops_its_clients_are_disconnected_at_once(join, server, relay):
    client = join()
    client.wait("never")
    client.ping()
    server.stop()
    client.assert_closed()
    relay.log.wait_for("event=upstream-lost")
    assert not relay.log.lines_with("event=relay-forgotten")


# Flags

@pytest.mark.parametrize("flags, words", [
    (["--upstream", "head"], "expected HOST:PORT"),
    (["--upstream", "head:"], "expected HOST:PORT"),
    (["--upstream", ":1"], "expected HOST:PORT"),
    (["--upstream", "::1:1"], "expected HOST:PORT"),
    (["--upstream", "head:http"], "expected HOST:PORT"),
    (["--upstream", "localhost:1", "--once"], "cannot be combined with once")])
def test_wrong_flags_are_refused(flags, words):
    done = subprocess.run([tcpstored_program(), *flags], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 2 and words in done.stderr
