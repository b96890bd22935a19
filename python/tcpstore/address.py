"""Addresses as people write them."""

from __future__ import annotations

import ipaddress

DEFAULT_PORT = 29500
FORM = "expected HOST:PORT, such as head:29500 or [fd00::1]:29500"


def split(address: str, form: str = FORM) -> tuple[str, int]:
    """The host and the port of HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. An error names the mistake, and the
    form that the user should have written."""
    scheme, is_url, _ = address.partition("://")
    if is_url:
        raise _error(address, f"leave out '{scheme}://'", form)
    if "/" in address:
        raise _error(address, "an address has no path", form)
    host, port = _split(address, form)
    if not host:
        raise _error(address, "the host is missing", form)
    if ":" in host and not _is_ipv6(host):
        raise _error(address, f"{host} has a colon, but is not an IPv6 address", form)
    if port is None:
        return host, DEFAULT_PORT
    if not is_port(port):
        raise _error(address, f"the port is {port!r}, not a number from 1 to 65535", form)
    return host, int(port)


def _split(address: str, form: str) -> tuple[str, str | None]:
    """The port is None without a colon before it."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or rest[:1] not in ("", ":"):
            raise _error(address, "write ']' after the IPv6 address, and ':' before the port", form)
    elif address.count(":") == 1:
        host, rest = address[:address.index(":")], address[address.index(":"):]
    else:
        host, rest = address, ""
    return host, rest[1:] if rest else None


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16


def _error(address: str, mistake: str, form: str) -> ValueError:
    return ValueError(f"{address!r}: {mistake}; {form}")


def join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
