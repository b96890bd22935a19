"""The memory of `tcpstore-cli` for stores that are larger than it may become."""

import os
import subprocess
import sys

import pytest

from support.cli import command
from support.client import Client

MIB = 1 << 20
SMALL, LARGE, LARGE_BYTES = 2000, 60, 8 * MIB
BOUND = 64 * MIB + LARGE_BYTES


@pytest.fixture
def mixed(fresh_server):
    """Many small values, then large ones, so that the first sizes do not predict the rest."""
    client = Client(fresh_server.address, timeout=60)
    for number in range(SMALL):
        client.set(f"/a{number}", "small")
    for number in range(LARGE):
        client.set(f"/b{number}", (b"x", b"\xff")[number % 2] * LARGE_BYTES)
    client.settle()
    client.close()
    return fresh_server


# ru_maxrss of a new process includes pages of its parent: use a small parent.
MEASURE = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
sys.stderr.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}")
"""


def peak_of(arguments, output):
    """The exit status of a program, and its peak resident memory in bytes."""
    # Freed memory stays resident in the sanitizer's quarantine.
    environment = {**os.environ,
                   "ASAN_OPTIONS": "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"}
    with open(output, "wb") as file:
        done = subprocess.run([sys.executable, "-S", "-c", MEASURE, *map(str, arguments)],
                              env=environment, stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.PIPE, timeout=100, check=True)
    status, peak = map(int, done.stderr.split())
    return status, peak * 1024


@pytest.mark.parametrize("words", [["keys", "--sizes"], ["dump"]], ids=["sizes", "dump"])
def test_reading_all_values_keeps_one_in_memory(mixed, tmp_path, words):
    output = tmp_path / "output"
    status, peak = peak_of(command(mixed.address, *words), output)
    assert status == 0
    with open(output, "rb") as lines:
        assert sum(1 for _ in lines) == SMALL + LARGE
    assert peak < BOUND, f"{peak / MIB:.0f} MiB"
