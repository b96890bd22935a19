"""One rank of a job whose process group is given an external store: HOST PORT RANK WORLD_SIZE."""

import sys
from datetime import timedelta

import torch
import torch.distributed as dist

from report import report

host, port, rank, world_size = sys.argv[1], *map(int, sys.argv[2:])

store = dist.PrefixStore("job", dist.TCPStore(host, port, world_size, is_master=False))
dist.init_process_group("gloo", store=store, rank=rank, world_size=world_size,
                        timeout=timedelta(seconds=60))
total = torch.tensor([rank + 1.0])
dist.all_reduce(total)
dist.barrier()
report(rank=rank, total=total.item())
dist.destroy_process_group()
