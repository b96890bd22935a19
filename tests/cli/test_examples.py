"""The programs in examples/."""

import subprocess

from support.client import Client
from support.servers import example_program


def start(name, *arguments):
    return subprocess.Popen([example_program(name), *map(str, arguments)], text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def finish(process):
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output.splitlines()


def test_barrier_releases_all_members(fresh_server):
    members = [start("barrier", *fresh_server.address, 3) for _ in range(3)]
    for member in members:
        assert finish(member) == ["all 3 have joined"]


def test_work_queue_gives_each_task_to_one_worker(fresh_server):
    workers = [start("work_queue", *fresh_server.address, "work", 2) for _ in range(2)]
    finish(start("work_queue", *fresh_server.address, "put", "one", "two", "three", "four"))
    done = [task for worker in workers for task in finish(worker)]
    assert sorted(done) == ["four", "one", "three", "two"]


def test_address_exchange_gives_each_rank_every_address(fresh_server):
    ranks = [start("address_exchange", *fresh_server.address, rank, 3, f"host{rank}:4711")
             for rank in range(3)]
    expected = [f"rank {rank} is at host{rank}:4711" for rank in range(3)]
    for rank in ranks:
        assert finish(rank) == expected
    client = Client(fresh_server.address)
    assert client.get("/job-1/exchanged/num_members") == b"3"
    client.close()


def test_embedded_server_serves_its_own_client():
    assert finish(start("embedded_server")) == ["hello world"]


def test_an_example_without_arguments_prints_its_usage():
    for name in ("barrier", "work_queue", "address_exchange"):
        process = start(name)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert errors.startswith(f"usage: {name} HOST PORT")
