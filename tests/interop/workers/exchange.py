"""A rank that does what examples/address_exchange.c does: HOST PORT RANK WORLD_SIZE ADDRESS."""

import sys
from datetime import timedelta

from torch.distributed import PrefixStore, TCPStore

host, port, rank, world_size = sys.argv[1], *map(int, sys.argv[2:5])

store = PrefixStore("job-1", TCPStore(host, port, is_master=False, wait_for_workers=False,
                                      timeout=timedelta(seconds=60)))
store.set(f"rank_{rank}", sys.argv[5])
for i in range(world_size):
    print(f"rank {i} is at {store.get(f'rank_{i}').decode()}")
store.barrier("exchanged", world_size)
