"""Rounds of mixed load and of clients that are killed: after each, the server must give its memory
back and have closed every descriptor. See scripts/soak."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent), str(HERE.parent / "differential")]

import operations  # noqa: E402
from attacked import MIB, descriptors_of, is_sanitized, memory_of  # noqa: E402
from support.client import Client  # noqa: E402
from support.servers import Tcpstored, program  # noqa: E402
from support.waiting import wait_until  # noqa: E402

SCENARIOS = {
    "get": [], "set": [], "add": ["--pipeline", "16"], "check": [], "ping": [],
    "set-stream": ["--pipeline", "256"], "multi-get": [], "multi-set": [],
    "large": ["--clients", "2"], "init": ["--clients", "300"], "fan-out": ["--clients", "300"],
    "cancel-storm": ["--clients", "300"], "drop-storm": ["--clients", "300"],
    "trickle": ["--keys", "10K"],
}
CHAOS_PROCESSES = 2
MIN_ROUNDS = 2
MAX_GROWTH = 4 * MIB  # of resident memory, from before the first round to after any


def clean(address):
    client = Client(address, timeout=60)
    operations.clean(client)
    client.leave()


def load(address, seconds, seed):
    """One round: the scenarios of tcpstore-bench one after another, and chaos at the same time."""
    port = str(address[1])
    chaos = [subprocess.Popen([sys.executable, HERE / "chaos.py", port, f"{seed}/{number}",
                               str(seconds * random.uniform(0.3, 1))])
             for number in range(CHAOS_PROCESSES)]
    share = seconds / len(SCENARIOS)
    for scenario, flags in SCENARIOS.items():
        subprocess.run([program("tcpstore-bench"), "--port", port, "--scenario", scenario,
                        "--seconds", f"{share:.2f}", *flags],
                       check=True, stdout=subprocess.DEVNULL)
    for process in chaos:
        assert process.wait() == -signal.SIGKILL, "chaos.py failed before its time was up"


def wait_until_settled(server, idle_memory, idle_descriptors):
    """The server closes every client and returns the memory that they took. A sanitizer's heap
    keeps freed memory for any time; AddressSanitizer reports leaks instead."""
    def all_clients_are_closed():
        return descriptors_of(server.process) <= idle_descriptors

    def memory_is_returned():
        return memory_of(server.process) <= idle_memory + MAX_GROWTH

    wait_until(all_clients_are_closed)
    if not is_sanitized():
        wait_until(memory_is_returned)


def soak(server, seconds, round_seconds):
    """Yields the number of each round."""
    clean(server.address)
    idle = memory_of(server.process), descriptors_of(server.process)
    deadline = time.monotonic() + seconds
    number = 0
    while number < MIN_ROUNDS or time.monotonic() < deadline:
        load(server.address, round_seconds, number)
        clean(server.address)
        wait_until_settled(server, *idle)
        number += 1
        yield number


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=float, default=10, help="seconds of each round")
    arguments = parser.parse_args()
    # By default AddressSanitizer keeps up to 256 MiB of freed memory.
    os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")
    with tempfile.TemporaryDirectory() as folder:
        server = Tcpstored(folder, "--max-memory", "1G", "--log-level", "error")
        try:
            for number in soak(server, arguments.seconds, arguments.round):
                print(f"round {number}: {memory_of(server.process) / MIB:.1f} MiB, "
                      f"{descriptors_of(server.process)} descriptors", flush=True)
        finally:
            server.stop()  # fails on a sanitizer's report


main()
