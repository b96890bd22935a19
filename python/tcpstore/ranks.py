"""Which rank this process is: torchrun, Slurm and MPI tell it by environment variables."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

# The rank, the number of ranks, and the rank among those of the host, each "" where there is none. MPI comes
# before Slurm: under mpirun in a Slurm job, the variables of Slurm are those of mpirun's own processes.
_LAUNCHERS = (
    ("RANK", "WORLD_SIZE", "LOCAL_RANK"),
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
    ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"),
    ("PMIX_RANK", "", ""),
)


@dataclass(frozen=True)
class Place:
    """What the environment tells."""

    rank: int
    world_size: int | None
    local_rank: int | None
    rank_variable: str
    world_size_variable: str


def place(environment: Mapping[str, str] = os.environ) -> Place | None:
    """None: the environment does not tell the rank."""
    for names in _LAUNCHERS:
        rank, world_size, local_rank = (_number(environment, name) for name in names)
        if rank is not None:
            return Place(rank, world_size, local_rank, *names[:2])
    return None


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"the environment variable {name} is {text!r}, expected a number")
    return int(text)


def missing_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that scripts read which expect torchrun, where only Slurm's or MPI's are set."""
    found = place(environment)
    if environment.get("RANK") or found is None or found.world_size is None:
        return {}
    given = {"RANK": found.rank, "WORLD_SIZE": found.world_size, "LOCAL_RANK": found.local_rank}
    return {name: str(number) for name, number in given.items()
            if number is not None and not environment.get(name)}


def key(rank: int) -> str:
    """The key by which a connection is known to be that rank's, once it has set it."""
    return f"tcpstore/rank/{rank}"


def value(world_size: int) -> str:
    """The value of this process's key."""
    found = place()
    return json.dumps({"host": socket.gethostname(), "pid": os.getpid(),
                       "local_rank": None if found is None else found.local_rank,
                       "world_size": world_size})
