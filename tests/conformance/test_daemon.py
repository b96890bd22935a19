"""Where tcpstored listens, and how it stops."""

import signal
import socket
import subprocess

import pytest

from support.hosts import NEEDS_IPV6
from support.servers import tcpstored_program

pytestmark = pytest.mark.tcpstored

ANOTHER_ADDRESS_OF_THIS_HOST = "127.0.0.2"
IPV6_LOOPBACK = ["::1"] * socket.has_dualstack_ipv6()


def test_without_bind_only_loopback_is_served(tcpstored):
    server, connect = tcpstored()
    connect().ping()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ANOTHER_ADDRESS_OF_THIS_HOST, server.address[1]))


def test_bind_to_every_address_serves_every_address(tcpstored):
    _, connect = tcpstored("--bind", "::")
    for host in ["127.0.0.1", ANOTHER_ADDRESS_OF_THIS_HOST] + IPV6_LOOPBACK:
        connect(host=host).ping()


@pytest.mark.parametrize("addresses", [
    ("::", "127.0.0.1"), ("127.0.0.1", "::"), ("::", "::1"), ("::", "::"), ("::", "0.0.0.0"),
    ("0.0.0.0", "127.0.0.1", "::"),
])
def test_bind_to_every_address_and_others_serves_every_address(tcpstored, addresses):
    _, connect = tcpstored(*(f"--bind={address}" for address in addresses))
    for host in ["127.0.0.1", ANOTHER_ADDRESS_OF_THIS_HOST] + IPV6_LOOPBACK:
        connect(host=host).ping()


@NEEDS_IPV6
def test_bind_to_every_ipv4_address_and_one_ipv6_address_serves_both(tcpstored):
    _, connect = tcpstored("--bind", "0.0.0.0", "--bind", "127.0.0.1", "--bind", "::1")
    for host in [ANOTHER_ADDRESS_OF_THIS_HOST, "::1"]:
        connect(host=host).ping()


def test_bind_to_one_address_serves_no_other(tcpstored):
    _, connect = tcpstored("--bind", ANOTHER_ADDRESS_OF_THIS_HOST)
    connect(host=ANOTHER_ADDRESS_OF_THIS_HOST).ping()
    with pytest.raises(ConnectionRefusedError):
        connect()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_listen_fd_serves_on_the_inherited_socket(tcpstored, listener):
    server, connect = tcpstored("--listen-fd", str(listener.fileno()),
                                pass_fds=[listener.fileno()])
    assert server.address == listener.getsockname()
    connect().ping()


def test_listen_fd_with_another_port_is_refused(listener):
    port = listener.getsockname()[1]
    wrong = port - 1
    result = subprocess.run([tcpstored_program(), "--port", str(wrong), "--listen-fd",
                             str(listener.fileno())], pass_fds=[listener.fileno()],
                            capture_output=True, text=True, timeout=10)
    assert result.returncode != 0
    assert str(port) in result.stderr and str(wrong) in result.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_closes_every_client_and_the_listener(tcpstored, signal_number):
    server, connect = tcpstored()
    clients = [connect() for _ in range(20)]
    unvalidated = connect(validate=False)
    clients[0].wait("key")
    clients[1].barrier("barrier", 2)
    clients[2].send(b"\1")
    for client in clients[:2] + clients[3:]:
        client.ping()
    server.process.send_signal(signal_number)
    for client in [unvalidated, *clients]:
        client.assert_closed()
    assert server.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        connect()


def test_a_stop_lists_live_handles_at_debug_level(tcpstored):
    server, connect = tcpstored("--log-level", "debug")
    connect().ping()
    server.process.terminate()
    assert "level=debug" in server.log.wait_for("event=live-handle")


def test_a_reset_connection_is_logged_at_debug_level(tcpstored):
    server, connect = tcpstored("--log-level", "debug")
    client = connect()
    client.ping()
    client.reset()
    line = server.log.wait_for("event=client-closed ", f"client={client.name} ")
    assert "level=debug" in line and "connection reset" in line


def test_two_servers_store_the_same_key_independently(tcpstored):
    (_, connect_one), (_, connect_two) = tcpstored(), tcpstored()
    one, two = connect_one(), connect_two()
    one.set("key", "one")
    two.set("key", "two")
    assert one.get("key") == b"one"
    assert two.get("key") == b"two"
