"""usage: torchrun … rank.py PORT FOLDER

A rank of a job whose store is behind the relay at PORT of its own node. On a node that comes late, it
begins each step when the test has made a file in FOLDER."""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[1], TORCHELASTIC_USE_AGENT_STORE="True")

import torch
import torch.distributed as dist

TIMEOUT = timedelta(seconds=60)
COMES_LATE = "COMES_LATE" in os.environ


def say(text):
    print(f"rank {os.environ['RANK']}: {text}\n", end="", flush=True)  # in one piece


def begin(step):
    say(f"before {step}")
    while COMES_LATE and not (Path(sys.argv[2]) / step).exists():
        time.sleep(0.01)


def finish(step, total):
    """The ranks add up their totals, and so have met."""
    dist.all_reduce(total)
    say(f"after {step}: {total.item()}")


begin("init")
dist.init_process_group("gloo", timeout=TIMEOUT)
total = torch.tensor([dist.get_rank() + 1.0])
finish("init", total)

begin("barrier")
dist.distributed_c10d._get_default_store().barrier("barrier", dist.get_world_size(), TIMEOUT)
finish("barrier", total)
dist.barrier()
dist.destroy_process_group()
os._exit(0)  # PyTorch's threads sometimes abort a process that exits normally under load
