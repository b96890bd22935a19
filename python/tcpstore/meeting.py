"""How the ranks of a job agree on a fresh store, each time that they initialize a process group.

Happy path: rank 0 makes a store and publishes it in the server's own store, under the job's name and the
next number. The others look that up, and join the store: each rank sets its key in it, and waits for the
keys of all. Then rank 0 confirms that it has seen them, too.

An attempt may fail before that. Then its store is published, and the next attempt's ranks may join it, but
rank 0 does not confirm. Once rank 0 of the next attempt has published another store, it deletes that one,
which disconnects them, and they go on to the next number. A number that is confirmed is closed: at the
next initialization, ranks begin with the one after that.

Ways to fail, each a DistStoreError: no server; no store; somebody does not come within the timeout.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote

from torch.distributed import (  # type: ignore[attr-defined]
    DistError,
    DistNetworkError,
    DistStoreError,
    TCPStore,
)

from tcpstore import address as addresses
from tcpstore import fresh_store, ranks
from tcpstore.changes import delete_store
from tcpstore.errors import StoreError

COMPLETE = "tcpstore/complete"  # in the job's store, once rank 0 has seen the keys of all
CONNECT_SECONDS = 30.0
SHOWN = 8  # of the missing ranks


class Deadline:
    def __init__(self, timeout: timedelta) -> None:
        self.seconds = timeout.total_seconds()
        self._end = time.monotonic() + self.seconds

    def left(self) -> timedelta:
        """More than 0: PyTorch takes 0 for no timeout."""
        return timedelta(seconds=max(0.001, self._end - time.monotonic()))


class Job:
    """A job of that name, in the server's own store."""

    def __init__(self, host: str, port: int, name: str, deadline: Deadline) -> None:
        self.host = host
        self.address = addresses.join(host, port)
        self.name = name
        self.deadline = deadline
        self._store = self.connect(port, deadline.left())
        self._prefix = f"tcpstore/jobs/{quote(name, safe='')}"

    def connect(self, port: int, timeout: timedelta) -> TCPStore:
        try:
            return TCPStore(self.host, port, is_master=False, timeout=timeout, wait_for_workers=False)
        except DistError as error:
            raise DistStoreError(
                f"cannot connect to {addresses.join(self.host, port)} within "
                f"{timeout.total_seconds():.0f} s; is tcpstored running there, and does it listen on "
                "that address?") from error

    def closed(self) -> int:
        """The stores up to this number take no ranks any more."""
        return int(self._store.compare_set(f"{self._prefix}/closed", "", "0"))

    def close(self, number: int) -> None:
        self._store.set(f"{self._prefix}/closed", str(number))

    def publish(self, number: int, name: str, port: int) -> None:
        self._store.set(self._key(number), json.dumps({"name": name, "port": port}))

    def is_published(self, number: int) -> bool:
        return bool(self._store.check([self._key(number)]))

    def published(self, number: int) -> tuple[str, int]:
        """The name and the port. Waits for it."""
        try:
            self._store.wait([self._key(number)], self.deadline.left())
        except DistNetworkError as error:
            raise DistStoreError(f"the connection to {self.address} is lost: {error}") from error
        except DistStoreError as error:
            raise DistStoreError(
                f"rank 0 has not made a store for {self.name!r} within {self.deadline.seconds:.0f} s; "
                "was it started, and was this rank, if it has joined an attempt before, started anew "
                "without the others?") from error
        found = json.loads(self._store.get(self._key(number)))
        return found["name"], found["port"]

    def _key(self, number: int) -> str:
        return f"{self._prefix}/{number}"


def _identity(name: str) -> str:
    """A key that only the store of that name has: after that store, its port may be another one's."""
    return f"tcpstore/store/{name}"


def lead(job: Job, world_size: int) -> TCPStore:
    """As rank 0: makes the store, and waits for the others."""
    closed = job.closed()
    number = closed + 1
    while job.is_published(number):
        number += 1
    try:
        made = fresh_store.make(job.address, job.name, number)
    except StoreError as error:
        raise DistStoreError(f"there is no store for {job.name!r}: {error}") from error
    store = job.connect(made["port"], job.deadline.left())
    store.set(ranks.key(0), ranks.value(world_size))
    store.set(_identity(made["name"]), "")
    job.publish(number, made["name"], made["port"])
    job.close(number - 1)
    for incomplete in range(closed + 1, number):
        _delete(job, incomplete)
    try:
        _wait_for_all(job, store, world_size)
    except DistNetworkError as error:
        raise DistStoreError(
            f"the store {made['name']} was deleted at {job.address}, or the server has stopped, before "
            f"all ranks of {job.name!r} had come: was the job started twice?") from error
    job.close(number)
    store.set(COMPLETE, "")
    return store


def _delete(job: Job, number: int) -> None:
    try:
        delete_store(job.address, job.published(number)[0])
    except StoreError:  # all of its clients have left, and the server has forgotten it
        pass


def _wait_for_all(job: Job, store: TCPStore, world_size: int) -> None:
    keys = [ranks.key(rank) for rank in range(world_size)]
    try:
        store.wait(keys, job.deadline.left())
    except DistNetworkError:
        raise
    except DistStoreError as error:
        missing = _listed(rank for rank, key in enumerate(keys) if not store.check([key]))
        raise DistStoreError(
            f"of the {world_size} ranks of {job.name!r}, {missing} have not come within "
            f"{job.deadline.seconds:.0f} s; were they started?") from error


def _wait_for_rank_0(job: Job, store: TCPStore) -> None:
    """It may be the key of a rank 0 that has died."""
    try:
        store.wait([COMPLETE], job.deadline.left())
    except DistNetworkError:
        raise
    except DistStoreError as error:
        raise DistStoreError(
            f"all ranks of {job.name!r} have come, but rank 0 has not confirmed it within "
            f"{job.deadline.seconds:.0f} s; was it stopped, or not started anew?") from error


def _listed(missing: Iterable[int]) -> str:
    shown = list(missing)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(map(str, shown[:SHOWN])) + more


def follow(job: Job, rank: int, world_size: int) -> TCPStore:
    """As another rank: finds the store that rank 0 makes."""
    number = job.closed() + 1
    while True:
        name, port = job.published(number)
        store = _join(job, name, port, rank, world_size)
        if store is not None:
            return store
        number += 1


def _join(job: Job, name: str, port: int, rank: int, world_size: int) -> TCPStore | None:
    """None: the store belongs to an attempt that has failed; rank 0 will make another one."""
    if _is_refused(job.host, port):
        return None
    try:
        store = job.connect(port, min(job.deadline.left(), timedelta(seconds=CONNECT_SECONDS)))
        if not store.check([_identity(name)]) or store.add(f"tcpstore/joined/{rank}", 1) > 1:
            return None
        store.set(ranks.key(rank), ranks.value(world_size))
        _wait_for_all(job, store, world_size)
        _wait_for_rank_0(job, store)
    except DistNetworkError:
        return None
    return store


def _is_refused(host: str, port: int) -> bool:
    """Since TCPStore tries again until its timeout."""
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass  # TCPStore tells
    return False
