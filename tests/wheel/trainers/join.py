"""Joins a job without PyTorch's process groups, and keeps its connection. usage: join.py URL SECONDS"""

import sys
from datetime import timedelta

import torch.distributed as dist

print("started", flush=True)
try:
    store, rank, _ = next(dist.rendezvous(sys.argv[1],
                                          timeout=timedelta(seconds=float(sys.argv[2]))))
except (ValueError, dist.DistError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(f"rank {rank} has joined {store.port}, timeout {store.timeout.total_seconds():.0f} s\n", end="",
      flush=True)
sys.stdin.read()
