"""One rank of a job with a group for each half of its ranks. The rank FAULTY_RANK does not create
its group."""

import os
import time
from datetime import timedelta

import torch
import torch.distributed as dist

dist.init_process_group("gloo", timeout=timedelta(seconds=60))
rank, world_size = dist.get_rank(), dist.get_world_size()
dist.barrier()
if os.environ.get("FAULTY_RANK") == str(rank):
    time.sleep(60)
half = world_size // 2
groups = [dist.new_group(range(half)), dist.new_group(range(half, world_size))]
dist.all_reduce(torch.ones(1), group=groups[rank // half])
time.sleep(60)
