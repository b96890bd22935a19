"""One rank that the command line controls: HOST PORT RANK."""

import sys
from datetime import timedelta

from torch.distributed import PrefixStore, TCPStore

from report import report

host, port, rank = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
WORLD_SIZE = 3


def connect(**options):
    return TCPStore(host, port, WORLD_SIZE, is_master=False, timeout=timedelta(seconds=60),
                    **options)


whole = connect(wait_for_workers=False)
store = PrefixStore("job", whole)
store.set(f"rank_{rank}", f"address of {rank}\0\n")
go = store.get("go")
connect(wait_for_workers=True)
store.queue_push("answers", "received")
store.barrier("end", WORLD_SIZE + 1)
whole.barrier("very end", WORLD_SIZE + 1)
report(rank=rank, go=go.decode())
