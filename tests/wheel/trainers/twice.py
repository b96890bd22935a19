"""Initializes a process group twice. usage: twice.py URL"""

import sys
from datetime import timedelta

import torch
import torch.distributed as dist

for _ in range(2):
    dist.init_process_group("gloo", init_method=sys.argv[1], timeout=timedelta(seconds=60))
    total = torch.tensor([dist.get_rank() + 1.0])
    dist.all_reduce(total)
    store = dist.distributed_c10d._get_default_store()
    while isinstance(store, dist.PrefixStore):
        store = store.underlying_store
    print(f"total {total.item()} {store.port}\n", end="", flush=True)
    dist.destroy_process_group()
