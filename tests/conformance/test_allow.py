"""Who may connect: hosts in the networks of --allow, and no others."""

import socket

import pytest

from support.client import Client, ConnectionLost

pytestmark = pytest.mark.tcpstored

NEEDS_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6")


def is_let_in(server, host, source):
    client = Client((host, server.address[1]), source=source)
    try:
        client.ping()
        return True
    except ConnectionLost:
        return False
    finally:
        client.close()


def flags(networks):
    return [word for network in networks.split() for word in ("--allow", network)]


@pytest.mark.parametrize("bind", ["127.0.0.1", pytest.param("::", marks=NEEDS_IPV6)])
@pytest.mark.parametrize("networks, inside, outside", [
    ("127.0.0.0/8", ["127.0.0.1", "127.255.0.9"], []),
    ("127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]),
    ("127.0.0.0/30", ["127.0.0.1", "127.0.0.3"], ["127.0.0.4", "127.0.1.1"]),
    ("127.0.0.128/25", ["127.0.0.128", "127.0.0.255"], ["127.0.0.127", "127.0.1.128"]),
    ("127.0.0.8/29 127.0.1.0/24", ["127.0.0.9", "127.0.1.1"], ["127.0.0.1", "127.0.2.1"]),
    ("0.0.0.0/0", ["127.0.0.1", "127.1.2.3"], []),
    ("::ffff:127.0.0.0/112", ["127.0.0.1", "127.0.255.1"], ["127.1.0.1"]),
    ("10.0.0.0/8", [], ["127.0.0.1"]),
    ("::/0", [], ["127.0.0.1"]),
    ("7f00::/8", [], ["127.0.0.1"]),
])
def test_hosts_of_ipv4(tcpstored, bind, networks, inside, outside):
    server, _ = tcpstored("--bind", bind, *flags(networks))
    for source in inside + outside:
        assert is_let_in(server, "127.0.0.1", source) == (source in inside), source


@NEEDS_IPV6
@pytest.mark.parametrize("networks, expected", [
    ("::1", True), ("::/127", True), ("::/0", True), ("fd00::/8 ::1/128", True),
    ("::2/127", False), ("8000::/1", False), ("0.0.0.0/0", False), ("0.0.0.1", False),
])
def test_hosts_of_ipv6(tcpstored, networks, expected):
    server, _ = tcpstored("--bind", "::", *flags(networks))
    assert is_let_in(server, "::1", "::1") == expected


def test_who_is_not_allowed_takes_no_place(tcpstored):
    server, connect = tcpstored("--allow", "127.0.0.1", "--max-clients", "1")
    client = connect()
    client.ping()
    assert not is_let_in(server, "127.0.0.1", "127.0.0.2")
    client.ping()
    assert "network" in server.log.wait_for("event=client-refused ")
