"""What the start of a gloo job of PyTorch asks the store, through a relay for each node and directly."""

import os
import subprocess
import sys
from pathlib import Path

from relay_servers import started_relays, started_store

RANK = Path(__file__).with_name("gloo_rank.py")
RANKS_OF_A_NODE = 8


def start_job(ports):
    """With a rank for each port; returns when all have joined."""
    ranks = [subprocess.Popen([sys.executable, RANK, "127.0.0.1", str(port), str(rank), str(len(ports))],
                              env={**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"})
             for rank, port in enumerate(ports)]
    assert all([rank.wait() == 0 for rank in ranks]), "a rank has failed"


def measure_gloo(folder, http_of, ranks):
    """Requests that the store has executed: directly, and through relays."""
    found = []
    for name, nodes in ("direct", 0), ("relayed", ranks // RANKS_OF_A_NODE):
        (folder / name).mkdir(parents=True)
        with started_store(folder / name / "store") as store, \
                started_relays(folder / name, store, nodes) as relays:
            start_job([relays[rank // RANKS_OF_A_NODE].port if relays else store.port for rank in range(ranks)])
            found.append(http_of(store).json("/v1/stat")["requests_total"])
    return found
