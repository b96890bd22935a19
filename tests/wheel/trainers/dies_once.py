"""In the first attempt, leaves in the store what PyTorch's NCCL does after a time-out, and rank 1 is killed.

In the next one, the ranks look for that before they meet. usage: dies_once.py FOLDER
"""

import os
import signal
import sys
from pathlib import Path

import torch.distributed as dist

LEFT = "exception_dump"  # without any prefix

first = Path(sys.argv[1]) / "first-attempt-is-over"
is_second = first.exists()
store = dist.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False)
print(f"port {os.environ['MASTER_PORT']}, left behind: {store.check([LEFT])}\n", end="", flush=True)
dist.init_process_group("gloo")
dist.barrier()
if not is_second:
    store.set(LEFT, "1")
    dist.barrier()
    if dist.get_rank() == 1:
        first.touch()
        os.kill(os.getpid(), signal.SIGKILL)
dist.barrier()
dist.destroy_process_group()
print(f"rank {os.environ['RANK']} is done\n", end="", flush=True)
