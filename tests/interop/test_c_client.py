"""C clients and PyTorch clients in the same rendezvous."""

import subprocess

import pytest

from jobs import PYTHON, worker
from support.servers import example_program


def rank_command(rank):
    if rank % 2 == 0:
        return [example_program("address_exchange")]
    return [*PYTHON, worker("exchange")]


@pytest.mark.parametrize("world_size", [2, 5])
def test_ranks_in_c_and_pytorch_exchange_addresses_and_pass_a_barrier(job, fresh_server,
                                                                      world_size):
    addresses = [f"host{rank}:{4711 + rank}" for rank in range(world_size)]
    for rank in range(world_size):
        job.start(f"rank{rank}", [*rank_command(rank), *fresh_server.address, rank, world_size,
                                  addresses[rank]])
    job.wait()
    expected = [f"rank {rank} is at {addresses[rank]}" for rank in range(world_size)]
    for rank in range(world_size):
        lines = job.output(f"rank{rank}").splitlines()
        assert [line for line in lines if line.startswith("rank ")] == expected


def test_a_c_program_and_a_pytorch_client_pass_the_same_barrier(connect, server):
    """The key "start" is the one in examples/barrier.c."""
    process = subprocess.Popen([example_program("barrier"), *map(str, server.address), "2"],
                               stdout=subprocess.PIPE, text=True)
    connect().barrier("start", 2)
    assert process.communicate(timeout=60)[0] == "all 2 have joined\n"
    assert process.returncode == 0
