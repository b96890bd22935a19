"""Where tcpstored listens, and how it ends."""

import signal
import socket
import subprocess

import pytest

from support.client import Client
from support.servers import tcpstored_program

pytestmark = pytest.mark.tcpstored

ANOTHER_ADDRESS_OF_THIS_HOST = "127.0.0.2"
IPV6_LOOPBACK = ["::1"] * socket.has_dualstack_ipv6()


def test_loopback_unless_told_otherwise(tcpstored):
    server, connect = tcpstored()
    connect().ping()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ANOTHER_ADDRESS_OF_THIS_HOST, server.address[1]))


def test_every_address_when_told_so(tcpstored):
    server, connect = tcpstored("--bind", "::")
    connect().ping()
    for host in [ANOTHER_ADDRESS_OF_THIS_HOST] + IPV6_LOOPBACK:
        client = Client((host, server.address[1]))
        client.ping()
        client.close()


@pytest.mark.parametrize("addresses", [
    ("::", "127.0.0.1"), ("127.0.0.1", "::"), ("::", "::1"), ("::", "::"), ("::", "0.0.0.0"),
    ("0.0.0.0", "127.0.0.1", "::"),
])
def test_every_interface_stays_so_beside_other_addresses(tcpstored, addresses):
    server, _ = tcpstored(*(f"--bind={address}" for address in addresses))
    for host in ["127.0.0.1", ANOTHER_ADDRESS_OF_THIS_HOST] + IPV6_LOOPBACK:
        client = Client((host, server.address[1]))
        client.ping()
        client.close()


@pytest.mark.skipif(not IPV6_LOOPBACK, reason="there is no IPv6")
def test_every_ipv4_interface_and_an_ipv6_address(tcpstored):
    server, _ = tcpstored("--bind", "0.0.0.0", "--bind", "127.0.0.1", "--bind", "::1")
    for host in [ANOTHER_ADDRESS_OF_THIS_HOST, "::1"]:
        client = Client((host, server.address[1]))
        client.ping()
        client.close()


def test_a_given_address(tcpstored):
    server, connect = tcpstored("--bind", ANOTHER_ADDRESS_OF_THIS_HOST)
    client = Client((ANOTHER_ADDRESS_OF_THIS_HOST, server.address[1]))
    client.ping()
    client.close()
    with pytest.raises(ConnectionRefusedError):
        connect()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_a_listening_socket_handed_over(tcpstored, listener):
    server, connect = tcpstored("--listen-fd", str(listener.fileno()),
                                pass_fds=[listener.fileno()])
    assert server.address == listener.getsockname()
    connect().ping()


def test_a_socket_handed_over_must_have_the_port_asked_for(listener):
    port = listener.getsockname()[1]
    wrong = port - 1
    result = subprocess.run([tcpstored_program(), "--port", str(wrong), "--listen-fd",
                             str(listener.fileno())], pass_fds=[listener.fileno()],
                            capture_output=True, text=True, timeout=10)
    assert result.returncode != 0
    assert str(port) in result.stderr and str(wrong) in result.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_closes_every_client_and_the_listener(tcpstored, signal_number):
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


def test_two_servers_share_nothing(tcpstored):
    (_, connect_one), (_, connect_two) = tcpstored(), tcpstored()
    one, two = connect_one(), connect_two()
    one.set("key", "one")
    two.set("key", "two")
    assert one.get("key") == b"one"
    assert two.get("key") == b"two"
