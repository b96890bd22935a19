"""Makes and deletes stores of a server: key spaces of their own, each on a port of its own."""

from __future__ import annotations

from urllib.parse import quote

from tcpstore import http
from tcpstore.answers import Store
from tcpstore.errors import StoreExists
from tcpstore.questions import TIMEOUT, parse

CREATED = 201


def create_store(address: str, name: str, *, exist_ok: bool = False,
                 timeout: float = TIMEOUT) -> Store:
    """Makes a store. `name` is 1 to 64 letters, digits and ". _ -", the first one a letter, a digit or
    "_". If there is one of that name: StoreExists, or with `exist_ok` that one."""
    status, body = http.request("PUT", address, _path(name), timeout, f"create the store {name!r}")
    if status != CREATED and not exist_ok:
        raise StoreExists(f"{address} has a store {name!r} already; choose another name, or delete it "
                          "first")
    store: Store = parse(address, body)
    return store


def delete_store(address: str, name: str, *, timeout: float = TIMEOUT) -> None:
    """Deletes a store with all its keys. Its clients are disconnected. Refused if there is none."""
    http.request("DELETE", address, _path(name), timeout, f"delete the store {name!r}")


def _path(name: str) -> str:
    return f"/v1/stores/{quote(name, safe='')}"
