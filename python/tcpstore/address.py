"""Addresses as people write them."""

from __future__ import annotations

DEFAULT_PORT = 29500


def split(address: str) -> tuple[str, int]:
    """The host and the port of HOST, HOST:PORT, [IPV6] or [IPV6]:PORT."""
    host, colon, port = address, "", ""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in ("", ":"):
            raise ValueError(f"{address!r}: expected [IPV6]:PORT, such as [fd00::1]:29500")
    elif address.count(":") == 1:
        host, colon, port = address.partition(":")
    if not host or (colon and not _is_port(port)):
        raise ValueError(f"{address!r}: expected HOST:PORT, such as head:29500")
    return host, int(port or DEFAULT_PORT)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16


def join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
