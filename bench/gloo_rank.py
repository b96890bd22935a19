"""A rank of bench/relays: it joins a gloo job by the store at HOST PORT.

usage: gloo_rank.py HOST PORT RANK RANKS
"""

import sys
from datetime import timedelta

from torch import distributed

TIMEOUT = timedelta(seconds=300)

host, port, rank, ranks = sys.argv[1], *map(int, sys.argv[2:])
store = distributed.TCPStore(host, port, ranks, is_master=False, timeout=TIMEOUT)
distributed.init_process_group("gloo", store=distributed.PrefixStore("job", store), rank=rank, world_size=ranks,
                               timeout=TIMEOUT)
distributed.barrier()
distributed.destroy_process_group()
