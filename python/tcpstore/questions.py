"""Questions to a server. An address is HOST:PORT; without a port it is 29500.

`store` is the name of one of the server's stores; without it, the question is about the one on the
server's own port.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from tcpstore import http
from tcpstore.answers import Client, Stat, Store, Wait, Why
from tcpstore.errors import NoHttp

TIMEOUT = 10.0
PAGE = 1000
WHY = "tell who waits"


def why(address: str, *, hang: int | None = None, world: int | None = None, all: bool = False,
        store: str | None = None, timeout: float = TIMEOUT) -> Why:
    """Who everybody waits for. A wait of `hang` seconds hangs. `world` is the number of ranks, where
    the keys do not tell it. `all` names every culprit."""
    arguments = _why_arguments(hang, world, all, store)
    answer: Why = _get(address, "/v1/why", timeout, WHY, **arguments)
    return answer


def why_text(address: str, *, hang: int | None = None, world: int | None = None,
             all: bool = False, store: str | None = None, timeout: float = TIMEOUT) -> str:
    """The same for people, as `tcpstore-cli why` prints it."""
    target = _target("/why", **_why_arguments(hang, world, all, store))
    return http.get(address, target, timeout, WHY).decode(errors="replace")


def stat(address: str, *, store: str | None = None, timeout: float = TIMEOUT) -> Stat:
    """What the server does."""
    answer: Stat = _get(address, "/v1/stat", timeout, "tell its state", store=store)
    return answer


def stores(address: str, *, timeout: float = TIMEOUT) -> Iterator[Store]:
    """All stores of the server."""
    return _list(address, "stores", timeout)


def clients(address: str, *, store: str | None = None,
            timeout: float = TIMEOUT) -> Iterator[Client]:
    """The connected clients, in the order of their connections."""
    return _list(address, "clients", timeout, store=store)


def waits(address: str, *, store: str | None = None, timeout: float = TIMEOUT) -> Iterator[Wait]:
    """What clients wait for."""
    return _list(address, "waits", timeout, store=store)


def _why_arguments(hang: int | None, world: int | None, all: bool,
                   store: str | None) -> dict[str, int | str | None]:
    return {"hang": hang, "world": world, "all": int(all), "store": store}


def _target(path: str, **arguments: object) -> str:
    given = {name: value for name, value in arguments.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def parse(address: str, body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise NoHttp(f"the answer of {address} is not JSON, so it is not tcpstored's",
                     "which program listens there?") from error


def _get(address: str, path: str, timeout: float, purpose: str, **arguments: object) -> Any:
    return parse(address, http.get(address, _target(path, **arguments), timeout, purpose))


def _list(address: str, name: str, timeout: float, **arguments: object) -> Iterator[Any]:
    """The items of all pages."""
    cursor = None
    while True:
        page = _get(address, f"/v1/{name}", timeout, f"list its {name}", limit=PAGE, cursor=cursor,
                    **arguments)
        yield from page[name]
        cursor = page["cursor"]
        if cursor is None:
            return
