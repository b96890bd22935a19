"""Calls every operation of a store once: HOST PORT."""

import sys
from datetime import timedelta

from torch.distributed import DistStoreError, TCPStore

host, port = sys.argv[1], int(sys.argv[2])

store = TCPStore(host, port, 1, is_master=False, wait_for_workers=True,
                 timeout=timedelta(seconds=30))
store.set("key", "one")
store.compare_set("key", "one", "two")
store.get("key")
store.add("number", -3)
store.check(["key", "number"])
store.wait(["key", "number"])
store.num_keys()
store.delete_key("number")
store.append("key", "+")
store.multi_set(["first", "second"], ["1", "2"])
store.multi_get(["first", "second"])
store.queue_push("queue", "entry")
store.queue_len("queue")
store.queue_pop("queue")
store.list_keys()
store.barrier("barrier", 1)
try:
    store.wait(["missing"], timedelta(milliseconds=1))
except DistStoreError:
    pass
