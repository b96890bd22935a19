"""Jobs that use an external store, in each of the three ways, and a training step."""

import pytest

from jobs import PYTHON, TORCHRUN, worker
from support.client import Client


@pytest.fixture
def store(fresh_server):
    """A raw client, to read what the job has written."""
    client = Client(fresh_server.address)
    yield client
    client.close()


def ranks(results):
    return sorted(result["rank"] for result in results)


def start_env_ranks(job, server, world_size, script="environment", **environment):
    host, port = server.address
    for rank in range(world_size):
        job.start(f"rank{rank}", [*PYTHON, worker(script)], RANK=rank, WORLD_SIZE=world_size,
                  MASTER_ADDR=host, MASTER_PORT=port, TORCHELASTIC_USE_AGENT_STORE=True,
                  **environment)


def start_agents(job, server, *options, agents=2, workers=2, **environment):
    host, port = server.address
    for agent in range(agents):
        job.start(f"agent{agent}", [
            *TORCHRUN, "--rdzv-backend=c10d", f"--rdzv-endpoint={host}:{port}",
            "--rdzv-id=interop", "--rdzv-conf=is_host=0", "--local-addr=127.0.0.1",
            f"--nnodes={agents}", f"--nproc-per-node={workers}", "--monitor-interval=0.1",
            *options, worker("environment")], **environment)


def test_workers_with_wait_for_workers_all_arrive(job, fresh_server, store):
    for number in range(3):
        job.start(f"worker{number}", [*PYTHON, worker("join"), *fresh_server.address, 3])
    job.wait()
    assert sorted(result["arrived"] for result in job.results()) == [1, 2, 3]
    assert store.get("init/") == b"3"


def test_init_process_group_with_a_store_runs_a_job(job, fresh_server, store):
    for rank in range(4):
        job.start(f"rank{rank}", [*PYTHON, worker("store_argument"), *fresh_server.address,
                                  rank, 4])
    job.wait()
    assert ranks(job.results()) == [0, 1, 2, 3]
    assert all(result["total"] == 10 for result in job.results())
    keys = set(store.list_keys()) - {b"init/"}
    assert keys and all(key.startswith(b"/job/") for key in keys)


def test_init_process_group_from_the_environment_runs_a_job(job, fresh_server, store):
    start_env_ranks(job, fresh_server, 4)
    job.wait()
    assert ranks(job.results()) == [0, 1, 2, 3]
    assert all(result["total"] == 10 for result in job.results())
    assert any(key.startswith(b"/default_pg/") for key in store.list_keys())


def test_torchrun_runs_a_job(job, fresh_server, store):
    start_agents(job, fresh_server)
    job.wait()
    results = job.results()
    assert ranks(results) == [0, 1, 2, 3]
    assert all(result["total"] == 10 for result in results)
    keys = store.list_keys()
    assert b"/torch.rendezvous.interop" in keys
    assert b"/torch.rendezvous.interop.0/MASTER_PORT" in keys


def test_torchrun_opens_the_trainers_store_on_node_rank_0(job, fresh_server, store):
    """torchrun's rendezvous is external, but in each round the agent of node rank 0 opens a store
    for the trainers."""
    start_agents(job, fresh_server, agents=1)
    job.wait()
    master_port = store.get("/torch.rendezvous.interop.0/MASTER_PORT").decode()
    assert {result["master_port"] for result in job.results()} == {master_port}
    assert master_port != str(fresh_server.address[1])


def test_torchrun_restarts_a_killed_worker_through_the_same_store(job, fresh_server, store):
    """In PyTorch 2.13 the trainers' store on node rank 0 outlives an attempt, and the next attempt
    would read the old addresses there. The variable gives each attempt its own store."""
    start_agents(job, fresh_server, "--max-restarts=3", CRASHING_RANK=3,
                 TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1)
    job.wait()
    assert (job.directory / "crashed").exists()
    results = job.results()
    assert ranks(results) == [0, 1, 2, 3]
    assert all(result["total"] == 10 for result in results)
    keys = store.list_keys()
    assert b"/torch.rendezvous.interop.0/MASTER_PORT" in keys
    assert b"/torch.rendezvous.interop.1/MASTER_PORT" in keys


def test_a_training_step_leaves_every_rank_the_same_model(job, fresh_server):
    start_env_ranks(job, fresh_server, 2, script="train")
    job.wait()
    one, two = job.results()
    assert one["before"] == two["before"]
    assert one["after"] == two["after"] != one["before"]
    assert one["loss"] != two["loss"]
