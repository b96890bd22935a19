"""The command line and PyTorch on the same store: both use the same names for the same keys."""

import json

import pytest

from jobs import PYTHON, worker
from support.cli import Cli, end_of
from support.servers import TorchServer

WORLD_SIZE = 3


@pytest.fixture
def cli(fresh_server):
    return Cli(fresh_server.address)


@pytest.fixture
def ranks(job, fresh_server):
    """Starts all ranks but the last, which announce themselves and wait for the key "go"; returns
    a function that starts another."""
    def start(rank):
        job.start(f"rank{rank}", [*PYTHON, worker("wait_for_go"), *fresh_server.address, rank])

    for rank in range(WORLD_SIZE - 1):
        start(rank)
    yield start
    job.kill()


def test_the_command_line_finds_and_releases_the_ranks_of_a_job(job, ranks, cli):
    prefixed = ("--prefix", "job")
    watch = cli.start(*prefixed, "missing", "--watch", "rank_{}", f"0..{WORLD_SIZE - 1}")
    cli(*prefixed, "wait", "rank_0", "rank_1")
    done = cli(*prefixed, "missing", "rank_{}", f"0..{WORLD_SIZE - 1}")
    assert (done.status, done.lines) == (1, ["rank_2"])
    ranks(2)
    assert end_of(watch).stderr.splitlines()[-1] == f"none of {WORLD_SIZE} missing"

    assert cli("keys", "job/rank_*").lines == ["job/rank_0", "job/rank_1", "job/rank_2"]
    assert cli(*prefixed, "get", "rank_1").stdout == r"address of 1\x00\n" + "\n"

    assert cli(*prefixed, "set", "go", "-", stdin=b"\0binary").status == 0
    for rank in range(WORLD_SIZE):
        assert cli(*prefixed, "pop", "answers").stdout == "received\n"
    assert cli("keys", "raw:*").lines == ["raw:init/"]
    assert cli("get", "--now", "raw:init/").stdout == f"{WORLD_SIZE}\n"
    assert cli(*prefixed, "barrier", "end", WORLD_SIZE + 1).status == 0
    assert cli("barrier", "very end", WORLD_SIZE + 1).status == 0
    job.wait()
    assert [result["go"] for result in job.results()] == ["\0binary"] * WORLD_SIZE

    dumped = map(json.loads, cli(*prefixed, "dump", "rank_*").lines)
    assert [entry["value"] for entry in dumped] == [
        f"address of {rank}\0\n" for rank in range(WORLD_SIZE)]


def test_the_command_line_works_on_the_server_inside_pytorch():
    server = TorchServer()
    try:
        cli = Cli(server.address)
        assert cli("mset", "rank_0", "a", "rank_2", "c").status == 0
        assert cli("missing", "rank_{}", "0..2").lines == ["rank_1"]
        assert cli("wait", "--timeout", "0.1", "rank_1").status == 4
        assert cli("push", "queue", "entry").status == 0
        for words in (["get", "queue"], ["mget", "rank_0", "queue"], ["get", "--now", "queue"]):
            done = cli(*words)
            assert (done.status, done.stdout) == (1, "")
            assert done.stderr == "tcpstore-cli: queue is a queue with 1 entry; use pop or qlen\n"
        assert cli("check", "queue", "rank_0").lines == ["queue    queue", "there    rank_0"]
        assert "rank_0 is a key, not a queue" in cli("pop", "--now", "rank_0").stderr
        assert cli("pop", "queue").stdout == "entry\n"
        assert cli("keys", "--sizes").lines == ["         1  rank_0", "         1  rank_2"]
        assert [cli("lock", "lock").status for _ in range(2)] == [0, 1]
        assert [cli("cas", "once", "", "me").status for _ in range(2)] == [0, 1]
        assert cli("cas", "nothing", "old", "new").status == 1
        assert cli("dump", "rank_*").lines == ['{"key":"rank_0","value":"a"}',
                                               '{"key":"rank_2","value":"c"}']
    finally:
        server.stop()
