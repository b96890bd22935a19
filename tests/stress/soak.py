"""A server under mixed load and dying clients, round after round: its memory stays flat and no
descriptor is left. See scripts/soak."""

import argparse
import os
import random
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
from support.servers import Tcpstored, tcpstored_program  # noqa: E402
from support.waiting import wait_until  # noqa: E402

SCENARIOS = {
    "get": [], "set": [], "add": ["--pipeline", "16"], "check": [], "ping": [],
    "set-stream": ["--pipeline", "256"], "multi-get": [], "multi-set": [],
    "large": ["--clients", "2"], "init": ["--clients", "300"], "fan-out": ["--clients", "300"],
    "cancel-storm": ["--clients", "300"], "drop-storm": ["--clients", "300"],
    "trickle": ["--keys", "10K"],
}
MORTALS = 2
WARM = 2  # rounds until the allocator has settled
LEAST_ROUNDS = WARM + 4  # to tell, however long they take
GROWTH = 4 * MIB  # of resident memory from then on


def clean(address):
    client = Client(address, timeout=60)
    operations.clean(client)
    client.leave()


def load(address, seconds, seed):
    """One round. The bench's scenarios, one after another, and mortals beside them."""
    bench = tcpstored_program().with_name("tcpstore-bench")
    port = str(address[1])
    mortals = [subprocess.Popen([sys.executable, HERE / "mortals.py", port, f"{seed}/{number}",
                                 str(seconds * random.uniform(0.3, 1))])
               for number in range(MORTALS)]
    share = seconds / len(SCENARIOS)
    for scenario, flags in SCENARIOS.items():
        subprocess.run([bench, "--port", port, "--scenario", scenario, "--seconds", f"{share:.2f}",
                        *flags], check=True, stdout=subprocess.DEVNULL)
    for mortal in mortals:
        mortal.wait()


def settled_memory(server):
    """Bytes resident, once the server has done all that it does when the last client has left."""
    client = Client(server.address)
    client.ping()
    size = memory_of(server.process)
    client.leave()
    return size


def soak(server, seconds, round_seconds):
    """Yields the resident bytes and the open descriptors after each round."""
    clean(server.address)
    at_first = descriptors_of(server.process)
    deadline = time.monotonic() + seconds

    def all_have_gone():
        return descriptors_of(server.process) <= at_first

    number = 0
    while number < LEAST_ROUNDS or time.monotonic() < deadline:
        load(server.address, round_seconds, number)
        clean(server.address)
        wait_until(all_have_gone)
        number += 1
        yield settled_memory(server), descriptors_of(server.process)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--round", type=float, default=10, help="seconds of each round")
    arguments = parser.parse_args()
    # A sanitizer would keep what is freed, as much of it as there is.
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
            server.stop()  # which says what a sanitizer has said
    # The least: what the daemon keeps for values to come may go back in any round, or in none.
    half = (len(memory) + WARM) // 2
    grown = min(memory[half:]) - min(memory[WARM:half])
    print(f"the least after round {half} is {grown / MIB:.1f} MiB above the least before, from round "
          f"{WARM + 1} on; {GROWTH / MIB:.0f} allowed, and any with a sanitizer")
    # Its heap keeps what is freed for as long as it likes; AddressSanitizer has told the leaks.
    return 0 if grown <= GROWTH or is_sanitized() else 1


sys.exit(main())
