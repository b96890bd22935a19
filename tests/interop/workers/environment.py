"""One rank of a job that gets its store from environment variables, as scripts usually do. The rank
CRASHING_RANK kills itself once, after creating the file "crashed"."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from report import report

dist.init_process_group("gloo", timeout=timedelta(seconds=60))
rank = dist.get_rank()
dist.barrier()
if os.environ.get("CRASHING_RANK") == str(rank) and not Path("crashed").exists():
    Path("crashed").touch()
    os.kill(os.getpid(), signal.SIGKILL)
total = torch.tensor([rank + 1.0])
dist.all_reduce(total)
dist.barrier()
report(rank=rank, total=total.item(), master_port=os.environ["MASTER_PORT"])
dist.destroy_process_group()
