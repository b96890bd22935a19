"""init_method="tcpstore://…", with the wheel installed: ranks of Slurm and MPI, and what is left behind by
attempts that failed."""

import re
import subprocess
from pathlib import Path

import pytest
from support.client import Client
from support.http import Http
from support.servers import Log
from support.waiting import wait_until

TRAINERS = Path(__file__).parent / "trainers"


def slurm(rank, size):
    return {"SLURM_PROCID": str(rank), "SLURM_NTASKS": str(size)}


class Rank:
    def __init__(self, python, script, *arguments, environment):
        self.process = subprocess.Popen(
            [python, "-W", "ignore", TRAINERS / script, *map(str, arguments)], env=environment,
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = Log(self.process.stdout)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()

    def joined(self):
        """The port of its store."""
        return int(re.search(r"has joined (\d+)", self.log.wait_for("has joined", seconds=60))[1])

    def failure(self):
        assert self.process.wait(60) != 0
        return self.log.whole()


@pytest.fixture
def start(torch_scripts, torch_environment):
    ranks = []

    def run(script, *arguments, **variables):
        ranks.append(Rank(torch_scripts / "python", script, *arguments,
                          environment={**torch_environment, **variables}))
        return ranks[-1]

    yield run
    for rank in ranks:
        rank.stop()


@pytest.fixture
def url(server):
    return "tcpstore://%s:%d/job-1" % server.address


def stores(server):
    return {store["name"]: store["port"] for store in Http(server.address).items("stores")}


def wait_for_key(server, name, key):
    def is_there():
        return name in stores(server) and key in {
            item["key"] for item in Http(server.address).items("keys", store=name)}

    wait_until(is_there)


def wait_for_waiter(server, key):
    def waits():
        return key in {item["key"] for item in Http(server.address).items("waits")}

    wait_until(waits)


def start_next_with_rank_0_first(run, server):
    """The others go to its store directly: the old one's number is closed."""
    leader = run(0)
    client = Client(server.address)

    def is_closed():
        return client.get(b"/tcpstore/jobs/job-1/closed") == b"1"

    wait_until(is_closed)
    client.close()
    return [leader, run(1), run(2)]


def start_next_with_rank_0_last(run, server):
    """Rank 1 finds its place taken, and waits for another store. Rank 2 takes its place in the old one."""
    others = [run(1), run(2)]
    wait_for_waiter(server, "/tcpstore/jobs/job-1/2")
    wait_for_key(server, "job-1.1", "/tcpstore/rank/2")
    return [*others, run(0)]


def test_ranks_of_slurm_meet_twice_in_one_process(start, url):
    ranks = [start("twice.py", url, **slurm(rank, 2)) for rank in range(2)]
    printed = [rank.log.whole() for rank in ranks]
    assert [rank.process.wait() for rank in ranks] == [0, 0], printed
    assert printed[0] == printed[1]
    lines = printed[0].splitlines()
    assert all(line.startswith("total 3.0 ") for line in lines)
    assert len(set(lines)) == 2, "both met in the same store"


@pytest.mark.parametrize("start_next", [start_next_with_rank_0_first,
                                        start_next_with_rank_0_last])
def test_what_an_attempt_that_failed_has_left_is_not_used(start, url, server, start_next):
    def run(rank):
        return start("join.py", url, 60, **slurm(rank, 3))

    failed = [run(0), run(1)]
    wait_for_key(server, "job-1.1", "/tcpstore/rank/1")
    for rank in failed:
        rank.stop()
    ranks = start_next(run, server)
    assert {rank.joined() for rank in ranks} == {stores(server)["job-1.2"]}
    assert "job-1.1" not in stores(server)


def test_after_a_job_is_killed_the_same_name_works_at_once(start, url, server):
    for number in 1, 2:
        ranks = [start("join.py", url, 60, **slurm(rank, 2)) for rank in range(2)]
        assert {rank.joined() for rank in ranks} == {stores(server)[f"job-1.{number}"]}
        for rank in ranks:
            rank.stop()
    assert "job-1.1" in stores(server), "all had joined it: it may be in use"


def test_rank_0_tells_who_has_not_come(start, url):
    rank = start("join.py", url, 1, **slurm(0, 3))
    assert "of the 3 ranks of 'job-1', 1, 2 have not come within 1 s" in rank.failure()


def test_another_rank_tells_that_rank_0_has_not_come(start, url):
    rank = start("join.py", url, 1, **slurm(1, 3))
    assert "rank 0 has not made a store for 'job-1' within 1 s" in rank.failure()


def test_why_names_ranks_by_the_keys_that_they_have_set(start, url, server):
    start("join.py", url, 60, **slurm(0, 3))
    start("join.py", url, 60, **slurm(1, 3))
    wait_for_key(server, "job-1.1", "/tcpstore/rank/1")
    text = Http(server.address).text("/why?store=job-1.1")
    assert "2 of 3 ranks have joined" in text
    assert "rank 2 has not joined, and no client is known to be it" in text


def test_the_server_may_be_named_by_the_variables_of_env(start, server):
    host, port = server.address
    ranks = [start("join.py", "tcpstore:///job-1", 60, MASTER_ADDR=host, MASTER_PORT=str(port),
                   **slurm(rank, 2)) for rank in range(2)]
    assert len({rank.joined() for rank in ranks}) == 1


@pytest.mark.parametrize("path, variables, expected", [
    ("", slurm(0, 2), "the job's name is missing"),
    ("/job-1", {}, "rank is missing"),
    ("/job-1", {"RANK": "0"}, "world_size is missing"),
    ("/job-1", slurm(2, 2), "rank 2 is not one of 2"),
    ("/job-1", {"RANK": "first"}, "RANK is 'first', expected a number"),
    ("/job-1?rank=0", {"RANK": "3", "WORLD_SIZE": "0"}, "rank 0 is not one of 0"),
])
def test_a_wrong_url_or_environment_is_told(start, path, variables, expected):
    rank = start("join.py", f"tcpstore://localhost:1{path}", 60, **variables)
    text = rank.failure()
    assert "ValueError" in text and expected in text


def test_no_server_is_told(start):
    text = start("join.py", "tcpstore://localhost:1/job-1", 1, **slurm(0, 2)).failure()
    assert "cannot connect to localhost:1 within 1 s; is tcpstored running there" in text
