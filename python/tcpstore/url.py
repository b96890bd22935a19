"""The URLs of init_method: tcpstore://HOST:PORT/JOB. PyTorch adds the rank and the world size as arguments.

Where a part is missing, the environment tells it, as env:// expects it.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import ParseResult, parse_qsl, urlparse

from tcpstore import address as addresses
from tcpstore import ranks

FORM = "expected tcpstore://HOST:PORT/JOB, such as tcpstore://head:29500/job-1"


class Target(NamedTuple):
    host: str
    port: int
    job: str
    rank: int
    world_size: int


class Number(NamedTuple):
    """The rank or the world size, and who has set it."""

    value: int
    source: str


def parse(url: str) -> Target:
    parts = urlparse(url)
    host, port = _server(url, parts)
    job = parts.path.strip("/")
    if not job:
        raise _error(f"the job's name is missing in {url!r}; {FORM}")
    if parts.fragment:
        raise _error(f"the job's name has a '#' in {url!r}, which URLs cut off; {FORM}")
    arguments = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in arguments.keys() - {"rank", "world_size"}:
        raise _error(f"{url!r} has the argument {name!r}; only rank and world_size are known")
    rank, world_size = _place(arguments)
    return Target(host, port, job, rank, world_size)


def _server(url: str, parts: ParseResult) -> tuple[str, int]:
    if not parts.netloc:
        return _server_of_environment(url, parts.path)
    if parts.netloc.endswith(":") and parts.path.startswith("//"):
        raise _error(f"leave out '{parts.netloc}//' in {url!r}; {FORM}")
    try:
        return addresses.split(parts.netloc, FORM)
    except ValueError as error:
        raise _error(str(error)) from error


def _server_of_environment(url: str, path: str) -> tuple[str, int]:
    """PyTorch removes empty slashes: tcpstore:///job-1 may have become tcpstore:/job-1."""
    if not path.startswith("/") or re.match(r"/[^/]+:\d+/", path):
        raise _error(f"'//' is missing in {url!r}; {FORM}")
    host, port = os.environ.get("MASTER_ADDR"), os.environ.get("MASTER_PORT") or str(addresses.DEFAULT_PORT)
    if not host:
        raise _error(f"neither {url!r} nor MASTER_ADDR names a host; {FORM}")
    if not addresses.is_port(port):
        raise _error(f"MASTER_PORT is {port!r}, expected a number from 1 to 65535")
    return host, int(port)


def _place(arguments: dict[str, str]) -> tuple[int, int]:
    """The rank and the world size."""
    found = ranks.place()
    rank = _argument(arguments, "rank")
    world_size = _argument(arguments, "world_size")
    if found is not None:
        rank = rank or Number(found.rank, found.rank_variable)
        if found.world_size is not None:
            world_size = world_size or Number(found.world_size, found.world_size_variable)
    if rank is None:
        raise _missing("rank")
    if world_size is None:
        raise _missing("world_size")
    _check(rank, world_size)
    return rank.value, world_size.value


def _argument(arguments: dict[str, str], name: str) -> Number | None:
    """PyTorch adds those of init_process_group to the URL."""
    text = arguments.get(name)
    if text is None:
        return None
    try:
        return Number(int(text), "init_process_group or the URL")
    except ValueError as error:
        raise _error(f"{name}={text!r} in the URL is not a number") from error


def _check(rank: Number, world_size: Number) -> None:
    if world_size.value < 1:
        raise _error(f"the world size is {world_size.value}, expected 1 or more; "
                     f"it comes from {world_size.source}")
    if not 0 <= rank.value < world_size.value:
        raise _error(f"rank {rank.value} is out of range: the world size is {world_size.value} (ranks 0 "
                     f"to {world_size.value - 1}); the rank comes from {rank.source}, the world size "
                     f"from {world_size.source}")


def _missing(name: str) -> ValueError:
    return _error(f"{name} is missing: give it to init_process_group, set {name.upper()}, or start the "
                  "script by torchrun, srun or mpirun")


def _error(text: str) -> ValueError:
    return ValueError(f"Error initializing torch.distributed using tcpstore:// rendezvous: {text}")
