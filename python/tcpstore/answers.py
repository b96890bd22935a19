"""The answers of a store, as dictionaries. A later version may add fields."""

from __future__ import annotations

from typing import TypedDict


class Culprit(TypedDict):
    """Who is missing: the members `first` to `last` of a stage."""

    kind: str
    first: int | None
    last: int | None
    host: str | None
    peer: str | None
    pid: int | None
    seconds: float | None
    sure: bool
    text: str


class Stage(TypedDict):
    """What clients wait for."""

    name: str
    key: str
    text: str
    waiting: int
    longest_seconds: float
    watched: bool
    next: str | None
    culprits: list[Culprit]
    culprits_omitted: int


class OtherStore(TypedDict):
    """A store other than the one that was asked, in which clients wait."""

    name: str
    waiting: int
    longest_seconds: float


class Why(TypedDict):
    """Who everybody waits for."""

    verdict: str  # idle, waiting or hangs; that of the first store includes the others
    draining: bool
    summary: str
    reason: str | None
    connected: int
    waiting: int
    longest_seconds: float
    hang_seconds: float
    stages: list[Stage]
    stages_omitted: int
    other_stores: list[OtherStore]  # of the first store
    other_stores_omitted: int


class Stat(TypedDict):
    """What the server does."""

    version: str
    store: str
    draining: bool
    pid: int
    uptime_seconds: float
    addresses: list[str]
    clients: int  # of the store
    clients_max: int  # of the server
    clients_total: int
    closed_total: int
    waiting: int
    oldest_wait_seconds: float
    keys: int
    queues: int
    memory_bytes: int
    memory_limit_bytes: int
    requests: dict[str, int]
    requests_total: int
    received_bytes: int
    sent_bytes: int


class Store(TypedDict):
    """One of the server's stores: a key space of its own, on a port of its own."""

    name: str  # "": the store on the server's own port
    port: int
    clients: int
    clients_total: int
    waiting: int
    oldest_wait_seconds: float
    keys: int
    memory_bytes: int
    memory_limit_bytes: int


class Waiting(TypedDict):
    """What one client waits for."""

    key: str
    keys: int
    world: int
    seconds: float


class Client(TypedDict):
    """A connected client."""

    id: int
    peer: str
    connected_seconds: float
    silent_seconds: float
    requests: int
    first_key: str | None
    pid: int | None
    process: str | None
    rank: int | None
    waiting: Waiting | None


class Wait(TypedDict):
    """A kind of key that clients wait for."""

    key: str
    clients: int
    longest_seconds: float
    stage: str
    watched: bool
