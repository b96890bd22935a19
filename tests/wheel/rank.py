"""A rank of a job, as scripts usually are: RANK, WORLD_SIZE, and init_method env://."""

import os
from datetime import timedelta

import torch
import torch.distributed as dist

dist.init_process_group("gloo", init_method="env://", timeout=timedelta(seconds=60))
total = torch.tensor([dist.get_rank() + 1.0])
dist.all_reduce(total)
dist.barrier()
# In one piece, since the ranks share the output.
print(f"total {total.item()} {os.environ['MASTER_PORT']}\n", end="", flush=True)
dist.destroy_process_group()
