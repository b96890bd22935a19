"""A store for one attempt of a job, which no other attempt has used."""

from __future__ import annotations

import hashlib
import re

from tcpstore.answers import Store
from tcpstore.changes import create_store
from tcpstore.errors import StoreExists

JOB_MAX = 40  # characters; a store's name has 64 at most


def make(address: str, job: str, attempt: int) -> Store:
    """Named after the job and its attempt: job-1.3."""
    number = 1
    while True:
        try:
            return create_store(address, _name(job, attempt, number))
        except StoreExists:  # somebody may use it
            number += 1


def _name(job: str, attempt: int, number: int) -> str:
    end = f".{attempt}" if number == 1 else f".{attempt}-{number}"
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", job) and len(job) <= JOB_MAX:
        return job + end
    # Jobs whose names are the same after that still need different stores.
    readable = re.sub(r"[^A-Za-z0-9_-]", "-", job).lstrip("-")[:JOB_MAX]
    return f"{readable}_{hashlib.sha256(job.encode()).hexdigest()[:8]}{end}"
