"""Questions to a store. An address is HOST:PORT; without a port it is 29500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tcpstore import http
from tcpstore.answers import Client, Stat, Wait, Why
from tcpstore.errors import NoHttp

TIMEOUT = 10.0
PAGE = 1000


def why(address: str, *, hang: int | None = None, world: int | None = None, all: bool = False,
        timeout: float = TIMEOUT) -> Why:
    """Who everybody waits for. A wait of `hang` seconds hangs. `world` is the number of ranks, where
    the keys do not tell it. `all` names every culprit."""
    answer: Why = _get(address, "/v1/why", timeout, **_why_arguments(hang, world, all))
    return answer


def why_text(address: str, *, hang: int | None = None, world: int | None = None,
             all: bool = False, timeout: float = TIMEOUT) -> str:
    """The same for people, as `tcpstore-cli why` prints it."""
    target = _target("/why", **_why_arguments(hang, world, all))
    return http.get(address, target, timeout).decode(errors="replace")


def stat(address: str, *, timeout: float = TIMEOUT) -> Stat:
    """What the server does."""
    answer: Stat = _get(address, "/v1/stat", timeout)
    return answer


def clients(address: str, *, timeout: float = TIMEOUT) -> Iterator[Client]:
    """The connected clients, in the order of their connections."""
    return _list(address, "clients", timeout)


def waits(address: str, *, timeout: float = TIMEOUT) -> Iterator[Wait]:
    """What clients wait for."""
    return _list(address, "waits", timeout)


def _why_arguments(hang: int | None, world: int | None, all: bool) -> dict[str, int | None]:
    return {"hang": hang, "world": world, "all": int(all)}


def _target(path: str, **arguments: object) -> str:
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _get(address: str, path: str, timeout: float, **arguments: object) -> Any:
    body = http.get(address, _target(path, **arguments), timeout)
    try:
        return json.loads(body)
    except ValueError as error:
        raise NoHttp(f"{address} answers {path} without JSON, so it is not tcpstored; which program "
                     "listens there?") from error


def _list(address: str, name: str, timeout: float) -> Iterator[Any]:
    """The items of all pages."""
    cursor = None
    while True:
        page = _get(address, f"/v1/{name}", timeout, limit=PAGE, cursor=cursor)
        yield from page[name]
        cursor = page["cursor"]
        if cursor is None:
            return
