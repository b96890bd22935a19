"""What `import torch` calls at its end, by the group of entry points torch.backends.

It registers tcpstore://. For jobs on a tcpstored that torchrun or tcpstore-run has told of, it also gives
scripts that use env:// what that lacks: the variables RANK, WORLD_SIZE and LOCAL_RANK under Slurm and MPI,
and a key by which `tcpstore-cli why` knows the rank of each connection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

Handler = Callable[..., Iterator[tuple[Any, int, int]]]


def load() -> None:
    """An error would make `import torch` fail, also for those that do not use tcpstore."""
    try:
        import tcpstore.rendezvous  # noqa: F401  (registers tcpstore://)
    except Exception:
        return  # jobs that need it import it, and see why
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True":
        return
    _try(_set_variables, "set RANK, WORLD_SIZE and LOCAL_RANK yourself")
    if os.environ.get("TCPSTORE_RANK_KEYS") == "1":
        _try(_set_rank_keys, "the job can run, but `tcpstore-cli why` cannot name the ranks")


def _try(step: Callable[[], None], advice: str) -> None:
    try:
        step()
    except Exception as error:
        from tcpstore.stderr import report

        report(f"cannot prepare env:// for the store of this job: {error!r}; {advice}")


def _set_variables() -> None:
    from tcpstore import ranks

    os.environ.update(ranks.missing_variables(os.environ))


def _set_rank_keys() -> None:
    """PyTorch has no hook for it: this is its table of handlers."""
    from torch.distributed.rendezvous import _rendezvous_handlers as handlers

    for scheme in ("env", "tcp"):
        handlers[scheme] = _with_rank_key(handlers[scheme])


def _with_rank_key(handler: Handler) -> Handler:
    from tcpstore import ranks

    def rendezvous(url: str, **arguments: Any) -> Iterator[tuple[Any, int, int]]:
        for store, rank, world_size in handler(url, **arguments):
            store.set(ranks.key(rank), ranks.value(world_size))
            yield store, rank, world_size

    return rendezvous
