"""One rank of a job that meets the others in a barrier of the store before it saves. The rank
FAULTY_RANK sends itself FAULT, a signal, before that."""

import os
import signal
from datetime import timedelta

import torch.distributed as dist
from torch.distributed.elastic.utils.store import barrier

dist.init_process_group("gloo", timeout=timedelta(seconds=60))
dist.barrier()
if os.environ.get("FAULTY_RANK") == str(dist.get_rank()):
    os.kill(os.getpid(), signal.Signals[os.environ["FAULT"]])
barrier(dist.distributed_c10d._get_default_store(), dist.get_world_size(), "save/step-100",
        barrier_timeout=60)
dist.destroy_process_group()
