"""One rank of a job that meets the others by the store's BARRIER. The rank FAULTY_RANK stops before
it, and then expects one rank more."""

import os
import signal
from datetime import timedelta

import torch.distributed as dist

rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
store = dist.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), world_size,
                      is_master=False, wait_for_workers=False, timeout=timedelta(seconds=60))
dist.init_process_group("gloo", store=dist.PrefixStore("job-1", store), rank=rank,
                        world_size=world_size, timeout=timedelta(seconds=60))
dist.barrier()
if os.environ.get("FAULTY_RANK") == str(rank):
    os.kill(os.getpid(), signal.SIGSTOP)
    world_size += 1
store.barrier("epoch-1", world_size)
