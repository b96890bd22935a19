"""Whether a server can be reached. PyTorch reports an error only after its timeout."""

from __future__ import annotations

import socket

from tcpstore import address as addresses
from tcpstore.stderr import report

PROBE_SECONDS = 3.0  # for each address of the host
NEXT_STEP = "is tcpstored running there, and does it listen on that address?"


def error(host: str, port: int) -> OSError | None:
    """None: the server accepts connections."""
    try:
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except OSError as found:
        return found
    return None


def text(address: str, error: OSError) -> str:
    next_step = "is the name right?" if isinstance(error, socket.gaierror) else NEXT_STEP
    return f"cannot connect to {address}: {error.strerror or error}; {next_step}"


def warn(host: str, port: int, then: str, program: str) -> None:
    """Reports at once that the server cannot be reached, and what happens `then`."""
    found = error(host, port)
    if found is not None:
        report(f"{text(addresses.join(host, port), found)} {then}", program)
