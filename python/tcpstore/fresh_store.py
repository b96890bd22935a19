"""A store for one attempt of a job, which no other attempt has used."""

from __future__ import annotations

import hashlib
import re
import time

from tcpstore.answers import Store
from tcpstore.changes import create_store
from tcpstore.errors import NoHttp, StoreExists

TRIES, RETRY_SECONDS = 5, 0.5  # without HTTP
JOB_MAX = 40  # characters; a store's name has 64 at most
READABLE_MAX, HASH_DIGITS = 30, 16
HASHED = re.compile(rf".*_[0-9a-f]{{{HASH_DIGITS}}}")


def make(address: str, job: str, attempt: int) -> Store:
    """Named after the job and its attempt: job-1.3."""
    number, tries = 1, 1
    while True:
        try:
            return create_store(address, _name(job, attempt, number))
        except StoreExists:  # somebody may use it
            number += 1
        except NoHttp as error:  # or too many peers use HTTP at this moment
            if tries < TRIES:
                tries += 1
                time.sleep(RETRY_SECONDS)
                continue
            raise NoHttp(error.cause, "rank 0 makes the job's store over HTTP, on that port: start "
                         "tcpstored without --http off and --http-bind, and with rank 0's host in "
                         "--http-allow") from error


def _name(job: str, attempt: int, number: int) -> str:
    end = f".{attempt}" if number == 1 else f".{attempt}-{number}"
    if _can_be_a_store(job) and not HASHED.fullmatch(job):
        return job + end
    # Jobs whose names are the same after that still need different stores.
    readable = re.sub(r"[^A-Za-z0-9_-]", "-", job).lstrip("-")[:READABLE_MAX]
    return f"{readable}_{hashlib.sha256(job.encode()).hexdigest()[:HASH_DIGITS]}{end}"


def _can_be_a_store(job: str) -> bool:
    return len(job) <= JOB_MAX and bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", job))
