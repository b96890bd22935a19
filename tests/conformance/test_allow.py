"""--allow: the server accepts clients from the given networks and disconnects all others."""

import pytest

from support.hosts import NEEDS_IPV6

pytestmark = pytest.mark.tcpstored


def is_accepted(connect, host, source):
    return connect(validate=False, host=host, source=source).is_accepted()


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
def test_allow_accepts_only_ipv4_hosts_in_its_networks(tcpstored, bind, networks, inside, outside):
    _, connect = tcpstored("--bind", bind, *flags(networks))
    for source in inside + outside:
        assert is_accepted(connect, "127.0.0.1", source) == (source in inside), source


@NEEDS_IPV6
@pytest.mark.parametrize("networks, expected", [
    ("::1", True), ("::/127", True), ("::/0", True), ("fd00::/8 ::1/128", True),
    ("::2/127", False), ("8000::/1", False), ("0.0.0.0/0", False), ("0.0.0.1", False),
])
def test_allow_accepts_only_ipv6_hosts_in_its_networks(tcpstored, networks, expected):
    _, connect = tcpstored("--bind", "::", *flags(networks))
    assert is_accepted(connect, "::1", "::1") == expected


def test_a_refused_host_takes_no_client_slot(tcpstored):
    server, connect = tcpstored("--allow", "127.0.0.1", "--max-clients", "1")
    client = connect()
    client.ping()
    assert not is_accepted(connect, "127.0.0.1", "127.0.0.2")
    client.ping()
    assert "network" in server.log.wait_for("event=client-refused ")
