"""One process of a healthy job: KIND SECONDS. It takes its rank and its store from the environment,
works and rests for that time, and ends."""

import os
import random
import sys
import threading
import time
from datetime import timedelta

import torch
import torch.distributed as dist

kind, seconds = sys.argv[1], float(sys.argv[2])
end = time.monotonic() + seconds
TIMEOUT = timedelta(seconds=600)


def rounds(shortest, longest):
    """Rests for a random time before each round; every rank makes the same number of rounds."""
    while True:
        time.sleep(random.uniform(shortest, longest))
        goes_on = torch.tensor([time.monotonic() < end], dtype=torch.int)
        dist.all_reduce(goes_on, dist.ReduceOp.MIN)
        if not goes_on.item():
            return
        yield


def init():
    dist.init_process_group("gloo", timeout=TIMEOUT)


def own_store():
    return dist.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]),
                         is_master=False, wait_for_workers=False, timeout=TIMEOUT)


def train():
    init()
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(64, 8))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in rounds(0, 2):
        model(torch.randn(32, 64)).pow(2).mean().backward()
        optimizer.step()


def save():
    """One rank takes much longer than the others, which wait for it in a barrier of the store."""
    from torch.distributed.elastic.utils.store import barrier

    init()
    store = dist.distributed_c10d._get_default_store()
    for number, _ in enumerate(rounds(0, 2)):
        if dist.get_rank() == number % dist.get_world_size():
            time.sleep(random.uniform(2, 12))
        barrier(store, dist.get_world_size(), f"save/step-{number}", barrier_timeout=600)


def subgroups():
    init()
    size = dist.get_world_size()
    for number, _ in enumerate(rounds(0, 6)):
        groups = [dist.new_group(range(size // 2)), dist.new_group(range(size // 2, size))]
        dist.all_reduce(torch.ones(1), group=groups[dist.get_rank() >= size // 2])


def monitored():
    init()
    for _ in rounds(0, 6):
        dist.monitored_barrier(timeout=TIMEOUT)


def operation():
    """The store's own BARRIER, and keys that some ranks wait for."""
    init()
    store = own_store()
    for number, _ in enumerate(rounds(0, 5)):
        store.barrier(f"epoch-{number}", dist.get_world_size())
        if dist.get_rank() == 0:
            time.sleep(random.uniform(0, 8))
            store.set(f"config-{number}", "value")
        store.get(f"config-{number}")


def rpc():
    from torch.distributed import rpc as workers

    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    workers.init_rpc(f"worker{rank}", rank=rank, world_size=size,
                     rpc_backend_options=workers.TensorPipeRpcBackendOptions(rpc_timeout=600))
    while time.monotonic() < end:
        workers.rpc_sync(f"worker{(rank + 1) % size}", torch.add, args=(torch.ones(2), 1))
        time.sleep(random.uniform(0, 3))
    workers.shutdown()


def collectives():
    """Barriers and gathers by keys of the store."""
    from torch._C._distributed_c10d import _StoreCollectives

    init()
    store = dist.distributed_c10d._get_default_store()
    keys = _StoreCollectives(store, dist.get_rank(), dist.get_world_size())
    for number, _ in enumerate(rounds(0, 8)):
        keys.barrier(f"barrier-{number}", TIMEOUT, True)
        keys.all_sum(f"sum-{number}", dist.get_rank(), TIMEOUT)


def checkpoint():
    from torch.distributed import checkpoint

    init()
    state = {"weight": torch.randn(256, 256), "step": torch.tensor(0)}
    for number, _ in enumerate(rounds(5, 15)):
        checkpoint.save(state, checkpoint_id=f"step-{number % 2}")


def watch():
    """Each rank waits for the keys that tell of a failure; none fails."""
    init()

    def wait_for(key):
        store = own_store()
        try:
            store.wait([key], timedelta(seconds=seconds + 30))
        except Exception:
            pass

    for key in ("exception_dump", "/default_pg/0//remote_error:0"):
        threading.Thread(target=wait_for, args=(key,), daemon=True).start()
    for _ in rounds(5, 20):
        pass


def idle():
    init()
    time.sleep(seconds)


def poll():
    """As a dashboard or a launcher does, beside a job."""
    store = own_store()
    while time.monotonic() < end:
        store.check(["done"])
        store.num_keys()
        time.sleep(1)


globals()[kind]()
if dist.is_initialized():
    dist.destroy_process_group()
os._exit(0)
