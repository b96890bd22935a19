"""Sessions of PyTorch clients with a server, to be recorded: NAME HOST PORT."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

from torch.distributed import DistStoreError, PrefixStore, TCPStore

WORKERS = Path(__file__).parent.parent / "interop" / "workers"


def connect(address):
    return TCPStore(*address, is_master=False, wait_for_workers=False,
                    timeout=timedelta(seconds=30))


def run_workers(name, *lists):
    """Runs a worker of the interop tests several times in parallel, once for each argument list."""
    running = [subprocess.Popen([sys.executable, "-W", "ignore", WORKERS / f"{name}.py",
                                 *map(str, arguments)], stdout=subprocess.DEVNULL)
               for arguments in lists]
    for process in running:
        assert process.wait(90) == 0, f"{name} failed"


def run_threads(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def every_operation(address):
    run_workers("every_operation", address)


def an_exchange(address):
    run_workers("exchange", *((*address, rank, 3, f"10.0.0.{rank}:5000") for rank in range(3)))


def a_process_group(address):
    run_workers("store_argument", *((*address, rank, 2) for rank in range(2)))


def a_work_queue(address):
    def consume():
        store = connect(address)
        for _ in range(2):
            store.queue_pop("queue")

    def produce():
        store = connect(address)
        for _ in range(4):
            store.queue_push("queue", "entry")

    run_threads(consume, consume, produce)


def barriers(address):
    def give_up():
        try:
            connect(address).barrier("barrier", 4, timedelta(milliseconds=1))
        except DistStoreError:
            pass

    give_up()
    run_threads(*[lambda: connect(address).barrier("barrier", 3)] * 3)


def counters_and_leases(address):
    store = PrefixStore("outer", PrefixStore("inner", connect(address)))
    for delta in (1, 41, -100):
        store.add("counter", delta)
    store.compare_set("lease", "", "mine")
    store.compare_set("lease", "other", "theirs")
    store.compare_set("missing", "expected", "desired")
    store.set("rank_0", "\0\xff" * 20)
    store.append("rank_0", "more")
    store.multi_set(["a", "b", "c"], ["1", "", "3"])
    store.multi_get(["a", "b", "c"])
    store.check(["a", "missing"])
    store.delete_key("a")
    store.num_keys()
    store.list_keys()


def a_slow_writer(address):
    def read():
        connect(address).get("late")

    def write():
        store = connect(address)
        store.wait(["early"])
        store.set("late", "value")

    run_threads(read, read, write, lambda: connect(address).set("early", "1"))


if __name__ == "__main__":
    name, host, port = sys.argv[1:]
    globals()[name]((host, int(port)))
