"""Requests to a store over HTTP: bounded in time, without proxies and redirects."""

from __future__ import annotations

import http.client
import json
import socket

from tcpstore import address as addresses
from tcpstore import ping, reach
from tcpstore.errors import NoHttp, Refused, StoreError, Unreachable

BODY_MAX = 128 << 20


def get(address: str, target: str, timeout: float, purpose: str) -> bytes:
    """The body of the answer to GET `target`."""
    return request("GET", address, target, timeout, purpose)[1]


def request(method: str, address: str, target: str, timeout: float,
            purpose: str) -> tuple[int, bytes]:
    """The status, which is 200 or 201, and the body of the answer. Errors name the `purpose`, such as
    "list its clients", since users do not know the target."""
    host, port = addresses.split(address)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        _connect(connection, address)
        status, body = _ask(connection, method, target, address, timeout)
    finally:
        connection.close()
    if status not in (200, 201):
        raise Refused(f"{address} did not {purpose}: {_refusal(body)} (status {status})")
    return status, body


def _connect(connection: http.client.HTTPConnection, address: str) -> None:
    try:
        connection.connect()
    except OSError as error:
        raise Unreachable(reach.text(address, error)) from error


def _headers(connection: http.client.HTTPConnection) -> dict[str, str]:
    """Changes need both: browsers, which would send requests of any web page, send neither an address
    nor X-Tcpstore. The address is that of the connection, since the server may not know the name."""
    host, port = connection.sock.getpeername()[:2]
    return {"Host": addresses.join(host.partition("%")[0], port), "X-Tcpstore": "1"}


def _ask(connection: http.client.HTTPConnection, method: str, target: str, address: str,
         timeout: float) -> tuple[int, bytes]:
    """The status and the body."""
    answer = None
    try:
        connection.request(method, target, headers=_headers(connection))
        answer = connection.getresponse()
        body = answer.read(BODY_MAX + 1)
    except (OSError, http.client.HTTPException) as error:
        if answer is None:
            raise _no_answer(address, timeout, error) from error
        raise _ended_early(address, error) from error
    if len(body) > BODY_MAX:
        raise Refused(f"the answer of {address} is longer than {BODY_MAX} bytes")
    if answer.length:  # read() with a limit does not tell
        raise _ended_early(address, f"{answer.length} bytes are missing")
    return answer.status, body


def _ended_early(address: str, reason: object) -> StoreError:
    return Unreachable(f"the answer of {address} ended early: {reason}; ask again")


def _no_answer(address: str, seconds: float, error: Exception) -> StoreError:
    """A store without HTTP closes the connection, or, as PyTorch's libuv server does, is silent."""
    if isinstance(error, socket.timeout) and not ping.is_store(*addresses.split(address)):
        return Unreachable(f"{address} accepts connections, but does not answer within {seconds:g} s; is "
                           "the process stopped, or is another program listening there?")
    return NoHttp(
        f"{address} accepts connections, but does not answer over HTTP: it is PyTorch's own "
        "server, or a tcpstored with --http off, --http-bind, or --http-allow without this host",
        "a tcpstored with --http-bind answers at that address, PyTorch's own server nowhere")


def _refusal(body: bytes) -> str:
    """The text of the error, if it is tcpstored's. That is for users of HTTP."""
    try:
        text = str(json.loads(body)["error"])
        return text.replace("see /v1/stores", "tcpstore.stores(address) lists the stores")
    except (ValueError, KeyError, TypeError):
        return body[:500].decode(errors="replace").strip()
