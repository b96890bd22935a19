"""Addresses of this machine."""

import socket

import pytest

# Of the networks for documentation: nothing is sent there, the kernel only picks a source.
ELSEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}


def outer_address(family=socket.AF_INET):
    """One that is not loopback. A client that comes from it to a loopback address looks to the
    server as one from another host does: its address is neither loopback nor the server's."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE[family])
        except OSError:
            pytest.skip(f"this machine has only loopback addresses of {family.name}")
        return probe.getsockname()[0]
