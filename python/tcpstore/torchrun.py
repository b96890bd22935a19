"""torchrun --rdzv-backend=tcpstore: the agents and the trainers meet in stores of an external tcpstored.

Happy path: the agents meet by PyTorch's own protocol, in the server's own store. In each attempt, the
agent of rank 0 makes a fresh store, and tells the others in the store of the attempt's round. The trainers
get its address as MASTER_ADDR and MASTER_PORT.

Ways to fail, each an error of torch.distributed.elastic.rendezvous: no server; no store for the attempt,
which rank 0 tells the others, too; a rank 0 that is lost before it has made the store.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

from torch.distributed import (  # type: ignore[attr-defined]
    DistError,
    DistStoreError,
    Store,
    TCPStore,
)
from torch.distributed.elastic.rendezvous import (
    RendezvousClosedError,
    RendezvousConnectionError,
    RendezvousHandler,
    RendezvousInfo,
    RendezvousParameters,
    RendezvousStoreInfo,
    RendezvousTimeoutError,
)
from torch.distributed.elastic.rendezvous.c10d_rendezvous_backend import C10dRendezvousBackend
from torch.distributed.elastic.rendezvous.dynamic_rendezvous import create_handler

from tcpstore import address as addresses
from tcpstore import fresh_store, ranks
from tcpstore.changes import delete_store
from tcpstore.errors import StoreError
from tcpstore.server import Server

BACKEND = "tcpstore"
READ_SECONDS = 60
ANNOUNCEMENT = "tcpstore/store"  # in the store of a round: where its trainers meet

_log = logging.getLogger(__name__)


def entry_point() -> Callable[[RendezvousParameters], RendezvousHandler]:
    """Of the group torchrun.handlers."""
    return create


def create(params: RendezvousParameters) -> RendezvousHandler:
    if not params.endpoint:
        raise ValueError("--rdzv-backend=tcpstore needs --rdzv-endpoint=HOST:PORT, the address of a "
                         "tcpstored")
    # PyTorch's own handler would open a store in rank 0's agent.
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    # The trainers inherit it: see tcpstore.autoload.
    os.environ["TCPSTORE_RANK_KEYS"] = "1"
    server = _server(params.endpoint.strip())
    timeout = _read_timeout(params)
    try:
        return Handler(params, server, timeout, _open_rounds(params, server, timeout))
    except StoreError as error:
        raise RendezvousConnectionError(str(error)) from error
    except DistError as error:
        raise _lost(server, error) from error


def _lost(server: Server, error: BaseException) -> RendezvousConnectionError:
    return RendezvousConnectionError(str(server.lost(error)))


def _server(endpoint: str) -> Server:
    try:
        return Server(*addresses.split(endpoint))
    except ValueError as error:
        raise ValueError(f"--rdzv-endpoint {error}") from error


def _read_timeout(params: RendezvousParameters) -> timedelta:
    seconds = params.get_as_int("read_timeout", READ_SECONDS)
    if seconds is None or seconds <= 0:
        raise ValueError(f"--rdzv-conf read_timeout={seconds}: expected a positive number of seconds")
    return timedelta(seconds=seconds)


def _open_rounds(params: RendezvousParameters, server: Server,
                 timeout: timedelta) -> RendezvousHandler:
    """PyTorch closes the rounds of an ID for ever when a job has ended. The next job with that ID gets
    rounds of its own, of the next generation. But not an elastic job: there a node that comes too
    late would start it anew."""
    is_elastic = params.min_nodes != params.max_nodes
    store = server.connect_first(timeout)
    # Set first, so that `why` counts the connections of agents that wait here for others.
    store.set(f"tcpstore/torchrun/{quote(params.run_id, safe='')}/agents/{params.min_nodes}", "")
    # The agents wait for keys on a connection of their own: keep-alives must not wait for that.
    waiting = server.connect(server.port, timeout)
    key = f"tcpstore/torchrun/{params.run_id}/generation"
    while True:
        generation = int(store.compare_set(key, "", "1"))
        rounds = _open_generation(params, store, waiting, generation)
        if is_elastic or not rounds.is_closed():
            return rounds
        store.compare_set(key, str(generation), str(generation + 1))


def _open_generation(params: RendezvousParameters, store: Store, waiting: Store,
                     generation: int) -> RendezvousHandler:
    inner = RendezvousParameters(
        backend="c10d", endpoint=params.endpoint, run_id=f"{params.run_id}.{generation}",
        min_nodes=params.min_nodes, max_nodes=params.max_nodes, local_addr=params.local_addr,
        **params.config)
    backend = C10dRendezvousBackend(store, inner.run_id)
    return create_handler(waiting, backend, inner)


class Handler(RendezvousHandler):
    """`rounds` decide who takes part in an attempt; this decides where its trainers meet."""

    def __init__(self, params: RendezvousParameters, server: Server, timeout: timedelta,
                 rounds: RendezvousHandler) -> None:
        self._id = params.run_id
        self._server = server
        self._timeout = timeout
        self._rounds = rounds
        self._held: TCPStore | None = None

    def get_backend(self) -> str:
        return BACKEND

    @property
    def use_agent_store(self) -> bool:
        """So that rank 0 of the trainers opens no store either."""
        return True

    def next_rendezvous(self) -> RendezvousInfo:
        try:
            with self._naming_server():
                attempt = self._rounds.next_rendezvous()
        except RendezvousClosedError as error:
            self._raise_failure(error)
            raise RendezvousClosedError(
                f"the job {self._id!r} has ended, or an agent has given it up: look at the logs of the "
                "others. A job with a fixed number of nodes can be started again, an elastic one needs "
                "another --rdzv-id"
            ) from error
        self._held = None
        port = self._decide(attempt) if attempt.rank == 0 else self._read(attempt.store)
        return RendezvousInfo(attempt.store, attempt.rank, attempt.world_size,
                              RendezvousStoreInfo(self._server.host, port))

    def _decide(self, attempt: RendezvousInfo) -> int:
        round = attempt.store
        try:
            name, port = self._make_store(self._connect())
            self._hold(port, attempt.world_size)
        except (StoreError, DistError) as error:
            text = f"there is no store for the trainers of {self._id!r}: {error}"
            with contextlib.suppress(StoreError, DistError):  # the server may have stopped
                self._connect().set(self._failure_key(), text)
                round.set(ANNOUNCEMENT, json.dumps({"error": text}))
            raise RendezvousConnectionError(text) from error
        try:
            round.set(ANNOUNCEMENT, json.dumps({"name": name, "port": port}))
        except DistError as error:
            raise _lost(self._server, error) from error
        return port

    def _connect(self) -> TCPStore:
        return self._server.connect(self._server.port, self._timeout)

    def _failure_key(self) -> str:
        return f"tcpstore/torchrun/{self._rounds.get_run_id()}/failure"

    def _raise_failure(self, closed: RendezvousClosedError) -> None:
        """The agent of rank 0, when it fails, closes the rounds, maybe before this one has read in the
        round why."""
        with contextlib.suppress(StoreError, DistError):
            store = self._connect()
            if store.check([self._failure_key()]):
                raise RendezvousConnectionError(
                    f"rank 0 says: {store.get(self._failure_key()).decode()}") from closed

    def _hold(self, port: int, agents: int) -> None:
        """Stays connected: trainers may destroy their process group, and come again much later. By the
        key, `why` knows that this is no trainer."""
        self._held = self._server.connect(port, self._timeout)
        self._held.set("tcpstore/agent/0", ranks.value(agents))

    def _read(self, round: Store) -> int:
        try:
            announcement = json.loads(round.get(ANNOUNCEMENT))
        except DistStoreError as error:
            raise RendezvousTimeoutError(
                f"the agent of rank 0 has made no store for the trainers of {self._id!r} within "
                f"{self._timeout.total_seconds():.0f} s; look at its log") from error
        except DistError as error:
            raise _lost(self._server, error) from error
        if "error" in announcement:
            raise RendezvousConnectionError(f"rank 0 says: {announcement['error']}")
        _log.info("The trainers of %r meet in the store %s", self._id, announcement["name"])
        return int(announcement["port"])

    def _make_store(self, main: Store) -> tuple[str, int]:
        """The trainers of the attempt before have stopped, or are orphans: their store is deleted."""
        prefix = f"tcpstore/torchrun/{self._id}"
        number = main.add(f"{prefix}/attempts", 1)
        store = fresh_store.make(self._server.address, self._id, number)
        _log.info("The trainers of %r meet in the store %s", self._id, store["name"])
        previous = main.compare_set(f"{prefix}/store", "", store["name"]).decode()
        main.set(f"{prefix}/store", store["name"])
        if previous != store["name"]:
            self._delete(previous)
        return store["name"], store["port"]

    def _delete(self, name: str) -> None:
        try:
            delete_store(self._server.address, name)
        except StoreError as error:  # it had no clients for so long that the server has forgotten it
            _log.debug("The store %s is not deleted: %s", name, error)

    def is_closed(self) -> bool:
        with self._naming_server():
            return bool(self._rounds.is_closed())

    def set_closed(self) -> None:
        with self._naming_server():
            self._rounds.set_closed()  # type: ignore[no-untyped-call]

    def num_nodes_waiting(self) -> int:
        with self._naming_server():
            return int(self._rounds.num_nodes_waiting())

    def get_run_id(self) -> str:
        return self._id

    def shutdown(self) -> bool:
        with self._naming_server():
            return bool(self._rounds.shutdown())

    @contextlib.contextmanager
    def _naming_server(self) -> Iterator[None]:
        """PyTorch's errors do not say which server was lost."""
        try:
            yield
        except RendezvousConnectionError as error:
            raise _lost(self._server, error.__cause__ or error) from error
