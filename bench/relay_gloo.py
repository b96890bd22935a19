"""What the start of a gloo job asks the store, through a relay for each node and directly."""

import os
import subprocess
import sys
from pathlib import Path

from relay_servers import started_relays, started_store

RANK = Path(__file__).with_name("gloo_rank.py")
RANKS_OF_A_NODE = 8


def start_job(ports):
    """One of PyTorch, with a rank for each port; returns when all have joined."""
    ranks = [subprocess.Popen([sys.executable, RANK, "127.0.0.1", str(port), str(number), str(len(ports))],
                              stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"})
             for number, port in enumerate(ports)]
    for rank in ranks:
        _, errors = rank.communicate()
        assert rank.returncode == 0, errors


def measure_start(folder, http_of, count, start):
    """Requests that the store has executed when so many ranks have started: directly, and through relays."""
    found = []
    for name, nodes in ("direct", 0), ("relayed", count // RANKS_OF_A_NODE):
        (folder / name).mkdir(parents=True)
        with started_store(folder / name / "store") as store, \
                started_relays(folder / name, store, nodes) as relays:
            start([relays[number // RANKS_OF_A_NODE].port if relays else store.port for number in range(count)])
            found.append(http_of(store).json("/v1/stat")["requests_total"])
    return found
