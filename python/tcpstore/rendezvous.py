"""init_method="tcpstore://head:29500/job-1": a process group by way of an external tcpstored.

Importing this module registers it. PyTorch imports it by itself, unless TORCH_DEVICE_BACKEND_AUTOLOAD=0.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from torch.distributed import DistError, DistStoreError, Store  # type: ignore[attr-defined]
from torch.distributed.constants import default_pg_timeout
from torch.distributed.rendezvous import register_rendezvous_handler

from tcpstore.errors import StoreError
from tcpstore.url import Target, parse

SCHEME = "tcpstore"


def _meet(target: Target, timeout: timedelta) -> Store:
    from tcpstore import meeting, server  # only jobs with this URL need them

    head = server.Server(target.host, target.port)
    try:
        job = meeting.Job(head, target.job, timeout)
        if target.rank == 0:
            return meeting.lead(job, target.world_size)
        return meeting.follow(job, target.rank, target.world_size)
    except DistError as error:
        raise head.lost(error) from error


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
