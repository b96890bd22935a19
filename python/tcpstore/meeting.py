"""How the ranks of a job agree on a fresh store, each time that they initialize a process group.

Happy path: rank 0 makes a store and publishes it in the server's own store, under the job's name and the
next number. The others look that up, and join the store: each rank sets its key in it, and waits for the
keys of all. Then rank 0 confirms that it has seen them, too.

An attempt may fail before that. Then its store is published, and the next attempt's ranks may join it, but
rank 0 does not confirm. Once rank 0 of the next attempt has published another store, it deletes that one,
which disconnects them, and they go on to the next number. A number that is confirmed is closed: at the
next initialization, ranks begin with the one after that.

If rank 0 cannot make a store, it publishes the reason instead. The ranks that wait for the store fail with
it, too. A rank that comes later cannot know whether the reason is that of an earlier attempt, so it gives
rank 0 some time to come again, unless the reason is one that lasts as long as the server.

Ways to fail, each a StoreError: no server; no store; a rank does not come within the timeout.
"""

from __future__ import annotations

import contextlib
import json
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
from tcpstore import fresh_store, ranks, reach
from tcpstore.changes import delete_store
from tcpstore.deadline import Deadline
from tcpstore.errors import NoHttp, StoreError, Unreachable
from tcpstore.server import Server
from tcpstore.stderr import report

COMPLETE = "tcpstore/complete"  # in the job's store, once rank 0 has seen the keys of all
CONNECT = timedelta(seconds=5)  # then a rank looks whether rank 0 has made another store
RETURN = timedelta(seconds=60)  # of rank 0, after an attempt for which it could not make a store
SHOWN = 8  # of the missing ranks


class Incomplete(StoreError):
    """There is no store with all ranks of the job."""


class LeaderFailed(StoreError):
    """Rank 0 could not make a store. If it is final, it cannot at the next attempt, either."""

    def __init__(self, reason: str, is_final: bool) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Job:
    """A job of that name, in the server's own store."""

    def __init__(self, server: Server, name: str, timeout: timedelta) -> None:
        self.server = server
        self.name = name
        self.deadline = Deadline(timeout)
        self.refused: str | None = None  # a store's address, of which this rank thinks it was deleted
        self._store = server.connect_first(timeout)
        self._prefix = f"tcpstore/jobs/{quote(name, safe='')}"

    def closed(self) -> int:
        """The stores up to this number take no ranks any more."""
        return int(self._store.compare_set(f"{self._prefix}/closed", "", "0"))

    def close(self, number: int) -> None:
        self._store.set(f"{self._prefix}/closed", str(number))

    def publish(self, number: int, name: str, port: int) -> None:
        self._store.set(self._key(number), json.dumps({"name": name, "port": port}))

    def publish_failure(self, number: int, failure: LeaderFailed) -> None:
        self._store.set(self._key(number), json.dumps({"error": str(failure), "final": failure.is_final}))

    def is_published(self, number: int) -> bool:
        return bool(self._store.check([self._key(number)]))

    def comes(self, number: int, timeout: timedelta) -> bool:
        """Whether it is published in that time."""
        try:
            self._store.wait([self._key(number)], min(timeout, self.deadline.left()))
        except DistNetworkError as error:
            raise self.server.lost(error) from error
        except DistStoreError:
            return False
        return True

    def published(self, number: int) -> tuple[str, int]:
        """The name and the port. Waits for it."""
        if not self.comes(number, self.deadline.left()):
            raise Incomplete(self._explain_absence())
        found = json.loads(self._store.get(self._key(number)))
        if "error" in found:
            raise LeaderFailed(found["error"], found["final"])
        return found["name"], found["port"]

    def _explain_absence(self) -> str:
        if self.refused is not None:
            return (f"the connection to {self.refused}, where rank 0 has made a store for {self.name!r}, "
                    f"is refused, and it has made no other within {self.deadline}; does a firewall "
                    "reject the ports of tcpstored --job-ports?")
        return (f"rank 0 has not made a store for {self.name!r} within {self.deadline}; was it started, "
                "and was this rank, if it has joined an attempt before, started anew without the others?")

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
    name, store = _make(job, number, world_size)
    job.close(number - 1)
    for incomplete in range(closed + 1, number):
        _delete(job, incomplete)
    try:
        _wait_for_all(job, store, world_size)
    except DistNetworkError as error:
        if not job.server.is_there():
            raise job.server.lost(error) from error
        raise Incomplete(
            f"the store {name} was deleted at {job.server.address} before all ranks of {job.name!r} had "
            "come: was the job started twice?") from error
    job.close(number)
    store.set(COMPLETE, "")
    return store


def _make(job: Job, number: int, world_size: int) -> tuple[str, TCPStore]:
    """The name of the store, and rank 0's connection to it."""
    try:
        made = fresh_store.make(job.server.address, job.name, number)
        store = job.server.connect(made["port"], job.deadline.left())
    except StoreError as error:
        failure = LeaderFailed(f"rank 0 cannot make a store for {job.name!r}: {error}",
                               is_final=isinstance(error, NoHttp))
        with contextlib.suppress(DistError):  # the server may have stopped
            job.publish_failure(number, failure)
        raise failure from error
    store.set(ranks.key(0), ranks.value(world_size))
    store.set(_identity(made["name"]), "")
    job.publish(number, made["name"], made["port"])
    return made["name"], store


def _delete(job: Job, number: int) -> None:
    """Unless there is none: rank 0 could not make it, or the server has forgotten it, because all of its
    clients have left."""
    with contextlib.suppress(StoreError):
        delete_store(job.server.address, job.published(number)[0])


def _wait_for_all(job: Job, store: TCPStore, world_size: int) -> None:
    keys = [ranks.key(rank) for rank in range(world_size)]
    try:
        store.wait(keys, job.deadline.left())
    except DistStoreError as error:
        missing = _listed(rank for rank, key in enumerate(keys) if not store.check([key]))
        raise Incomplete(f"of the {world_size} ranks of {job.name!r}, {missing} not come within "
                         f"{job.deadline}; look for them in the launcher's output") from error


def _wait_for_rank_0(job: Job, store: TCPStore) -> None:
    """It may be the key of a rank 0 that has died."""
    try:
        store.wait([COMPLETE], job.deadline.left())
    except DistStoreError as error:
        raise Incomplete(f"all ranks of {job.name!r} have come, but rank 0 has not confirmed it within "
                         f"{job.deadline}; was it stopped, or not started anew?") from error


def _listed(missing: Iterable[int]) -> str:
    """Such as "ranks 1, 2 have"."""
    shown = list(missing)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    text = ", ".join(map(str, shown[:SHOWN])) + more
    return f"rank {text} has" if len(shown) == 1 else f"ranks {text} have"


def follow(job: Job, rank: int, world_size: int) -> TCPStore:
    """As another rank: finds the store that rank 0 makes."""
    number = job.closed() + 1
    while True:
        found = _find(job, number)
        store = _join(job, number, *found, rank, world_size) if found else None
        if store is not None:
            return store
        number += 1


def _find(job: Job, number: int) -> tuple[str, int] | None:
    """The name and the port of the store. None: rank 0 could not make it, but has come again."""
    came_first = job.is_published(number)
    try:
        return job.published(number)
    except LeaderFailed as failure:
        if failure.is_final or not came_first:
            raise
        report(f"{failure}. Waiting {min(RETURN, job.deadline.left()).total_seconds():.0f} s for rank 0 "
               "to try again.")
        if not job.comes(number + 1, RETURN):
            raise
        return None


def _join(job: Job, number: int, name: str, port: int, rank: int, world_size: int) -> TCPStore | None:
    """None: the store belongs to an attempt that has failed; rank 0 will make another one."""
    store = _connect(job, number, port)
    if store is None:
        return None
    try:
        if not store.check([_identity(name)]):
            return None
        if store.add(f"tcpstore/joined/{rank}", 1) > 1:
            report(f"another process was rank {rank} of {job.name!r} in the store {name}; waiting for rank 0 "
                   "to begin another attempt. If none is due: was a rank started twice, or alone?")
            return None
        store.set(ranks.key(rank), ranks.value(world_size))
        _wait_for_all(job, store, world_size)
        _wait_for_rank_0(job, store)
    except DistNetworkError:
        return None
    return store


def _connect(job: Job, number: int, port: int) -> TCPStore | None:
    """None: the store has been deleted. It may be deleted at any moment, and PyTorch would try its port
    again until the timeout; so each try is short."""
    while not isinstance(reach.error(job.server.host, port), ConnectionRefusedError):
        try:
            store = job.server.connect(port, min(job.deadline.left(), CONNECT))
        except Unreachable:
            if job.is_published(number + 1):
                return None
            if job.deadline.is_over():
                raise
        else:
            store.set_timeout(job.deadline.timeout)
            return store
    job.refused = addresses.join(job.server.host, port)
    return None
