"""One of several workers that open the same store and count themselves: HOST PORT WORLD_SIZE."""

import sys
from datetime import timedelta

from torch.distributed import TCPStore

from report import report

host, port, world_size = sys.argv[1], *map(int, sys.argv[2:])

store = TCPStore(host, port, world_size, is_master=False, timeout=timedelta(seconds=60),
                 wait_for_workers=True)
store.barrier("all arrived", world_size)
report(arrived=store.add("arrived", 1))
