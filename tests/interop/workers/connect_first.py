"""One rank of a job that opens its store before its process group, as scripts with an external
store do. The rank STOPPED_RANK stops in between."""

import os
import signal
from datetime import timedelta

import torch.distributed as dist

rank, world_size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
store = dist.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), world_size,
                      is_master=False, wait_for_workers=False)
if os.environ.get("FAULTY_RANK") == str(rank):
    os.kill(os.getpid(), signal.Signals[os.environ["FAULT"]])
dist.init_process_group("gloo", rank=rank, world_size=world_size, timeout=timedelta(seconds=60),
                        store=dist.PrefixStore(os.environ.get("JOB", "job-1"), store))
dist.barrier()
dist.destroy_process_group()
