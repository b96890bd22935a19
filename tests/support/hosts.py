"""Addresses of this host, and what the server reserves for clients on it."""

import socket

import pytest

NEEDS_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this host has no IPv6")

RESERVED_SLOTS = 4  # beyond --max-clients, for clients on the server's host

# From the documentation networks: no packet is sent, the kernel only chooses a source address.
ELSEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}


def outer_address(family=socket.AF_INET):
    """An address of this host that is not loopback. The server takes a client that connects from it
    to a loopback address for one on another host: it is neither loopback nor the server's own."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE[family])
        except OSError:
            pytest.skip(f"this host has only loopback addresses of {family.name}")
        return probe.getsockname()[0]
