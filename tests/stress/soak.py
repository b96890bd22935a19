"""Rounds of mixed load and of clients that are killed: the server's memory must stay flat, and it
must close every descriptor. See scripts/soak."""

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
WARM_UP = 2  # rounds until the allocator has settled
MIN_ROUNDS = WARM_UP + 4  # fewer would show no trend
MAX_GROWTH = 4 * MIB  # of resident memory after the warm-up


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


def settled_memory(server):
    """Resident bytes after the server has done its work for the last client that disconnects."""
    client = Client(server.address)
    client.ping()
    size = memory_of(server.process)
    client.leave()
    return size


def soak(server, seconds, round_seconds):
    """Yields the resident bytes and the open descriptors after each round."""
    clean(server.address)
    idle = descriptors_of(server.process)
    deadline = time.monotonic() + seconds

    def all_clients_are_closed():
        return descriptors_of(server.process) <= idle

    number = 0
    while number < MIN_ROUNDS or time.monotonic() < deadline:
        load(server.address, round_seconds, number)
        clean(server.address)
        wait_until(all_clients_are_closed)
        number += 1
        yield settled_memory(server), descriptors_of(server.process)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=float, default=10, help="seconds of each round")
    arguments = parser.parse_args()
    # By default AddressSanitizer keeps up to 256 MiB of freed memory.
    os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")
    with tempfile.TemporaryDirectory() as folder:
        server = Tcpstored(folder, "--max-memory", "1G", "--log-level", "error")
        memory = []
        try:
            for resident, descriptors in soak(server, arguments.seconds, arguments.round):
                memory.append(resident)
                print(f"round {len(memory)}: {resident / MIB:.1f} MiB, {descriptors} descriptors",
                      flush=True)
        finally:
            server.stop()  # fails on a sanitizer's report
    # Minima: the daemon may return the memory that it keeps for reuse in any round, or in none.
    half = (len(memory) + WARM_UP) // 2
    growth = min(memory[half:]) - min(memory[WARM_UP:half])
    print(f"minimum of rounds {half + 1} to {len(memory)}: {growth / MIB:.1f} MiB above that of "
          f"rounds {WARM_UP + 1} to {half}; allowed: "
          + ("any, with a sanitizer" if is_sanitized() else f"{MAX_GROWTH / MIB:.0f} MiB"))
    # A sanitizer's heap keeps freed memory for any time; AddressSanitizer has reported leaks.
    return 0 if growth <= MAX_GROWTH or is_sanitized() else 1


sys.exit(main())
