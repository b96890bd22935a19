"""init_method="tcpstore://head:29500/job-1": a process group by way of an external tcpstored.

Importing this module registers it. PyTorch imports it by itself, unless TORCH_DEVICE_BACKEND_AUTOLOAD=0.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlparse

from torch.distributed import DistStoreError, Store  # type: ignore[attr-defined]
from torch.distributed.constants import default_pg_timeout
from torch.distributed.rendezvous import register_rendezvous_handler

from tcpstore import ranks
from tcpstore.address import DEFAULT_PORT
from tcpstore.errors import StoreError

SCHEME = "tcpstore"


class Target(NamedTuple):
    host: str
    port: int
    job: str
    rank: int
    world_size: int


def parse(url: str) -> Target:
    """Where a part is missing, the environment tells it, as env:// expects it."""
    parts = urlparse(url)
    arguments = dict(parse_qsl(parts.query))
    host, port = _server(parts.hostname, parts.port)
    job = parts.path.strip("/")
    if not job:
        raise _error("the job's name is missing; expected tcpstore://HOST:PORT/JOB")
    place = ranks.place()
    rank = _number(arguments, "rank", place.rank if place else None)
    world_size = _number(arguments, "world_size", place.world_size if place else None)
    if not 0 <= rank < world_size:
        raise _error(f"rank {rank} is not one of {world_size}")
    return Target(host, port, job, rank, world_size)


def _server(host: str | None, port: int | None) -> tuple[str, int]:
    if host:
        return host, port or DEFAULT_PORT
    host = os.environ.get("MASTER_ADDR")
    if not host:
        raise _error("neither the URL nor MASTER_ADDR names a host; expected tcpstore://HOST:PORT/JOB")
    return host, int(os.environ.get("MASTER_PORT", DEFAULT_PORT))


def _number(arguments: dict[str, str], name: str, otherwise: int | None) -> int:
    text = arguments.get(name, otherwise)
    if text is None:
        raise _error(f"{name} is missing: give it to init_process_group, set {name.upper()}, or start "
                     "the script by torchrun, srun or mpirun")
    return int(text)


def _error(text: str) -> ValueError:
    return ValueError(f"Error initializing torch.distributed using tcpstore:// rendezvous: {text}")


def _meet(target: Target, timeout: timedelta) -> Store:
    from tcpstore import meeting, server  # only jobs with this URL need them

    job = meeting.Job(server.Server(target.host, target.port), target.job, timeout)
    if target.rank == 0:
        return meeting.lead(job, target.world_size)
    return meeting.follow(job, target.rank, target.world_size)


def rendezvous(url: str, timeout: timedelta = default_pg_timeout,
               **_: object) -> Iterator[tuple[Store, int, int]]:
    target = parse(url)
    try:
        store = _meet(target, timeout)
    except StoreError as error:
        raise DistStoreError(str(error)) from error
    yield store, target.rank, target.world_size
    raise RuntimeError("Unable to perform re-rendezvous using tcpstore:// method")


register_rendezvous_handler(SCHEME, rendezvous)  # type: ignore[no-untyped-call]
