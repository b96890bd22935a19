"""init_method="tcpstore://…", with the wheel installed: what each rank says when a job cannot start."""

import json
import socket

import pytest
from support.client import Client
from support.http import CHANGE, Http
from support.ranks import slurm
from support.waiting import wait_until


def wait_for_waiter(server, key, store, clients):
    def wait():
        return any(item["key"] == key and item["clients"] == clients
                   for item in Http(server.address).items("waits", store=store))

    wait_until(lambda: store in {each["name"] for each in Http(server.address).items("stores")} and wait())


def test_rank_0_tells_who_has_not_come(start_rank, url):
    rank = start_rank("join.py", url, 1, **slurm(0, 3))
    assert "of the 3 ranks of 'job-1', ranks 1, 2 have not come within 1 s" in rank.failure()


def test_rank_0_tells_which_one_has_not_come(start_rank, url):
    ranks = [start_rank("join.py", url, 5, **slurm(rank, 3)) for rank in (0, 1)]
    assert "of the 3 ranks of 'job-1', rank 2 has not come within 5 s" in ranks[0].failure()


def test_a_rank_that_is_started_twice_is_told(start_rank, server, url):
    leader = start_rank("join.py", url, 60, **slurm(0, 3))
    wait_for_waiter(server, "/tcpstore/rank/1", "job-1.1", 1)
    start_rank("join.py", url, 60, **slurm(1, 3))
    wait_for_waiter(server, "/tcpstore/rank/2", "job-1.1", 2)
    start_rank("join.py", url, 60, **slurm(1, 3)).log.wait_for(
        "another process was rank 1 of 'job-1' in the store job-1.1", "was a rank started twice, or alone?", seconds=60)
    assert leader.process.poll() is None


def test_rank_0_names_no_more_than_a_few_of_many(start_rank, url):
    rank = start_rank("join.py", url, 1, **slurm(0, 12))
    assert "of the 12 ranks of 'job-1', ranks 1, 2, 3, 4, 5, 6, 7, 8 and 3 more have not come" in rank.failure()


def test_another_rank_tells_that_rank_0_has_not_come(start_rank, url):
    rank = start_rank("join.py", url, 1, **slurm(1, 3))
    assert "rank 0 has not made a store for 'job-1' within 1 s" in rank.failure()


def test_a_port_that_a_firewall_rejects_is_named(start_rank, server, url):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = Client(server.address)
    client.set("/tcpstore/jobs/job-1/1", json.dumps({"name": "job-1.1", "port": port}))
    client.ping()
    text = start_rank("join.py", url, 1, **slurm(1, 2)).failure()
    assert f"the connection to 127.0.0.1:{port}, where rank 0 has made a store" in text
    assert "--job-ports" in text
    client.close()


def test_a_wrong_url_is_told(start_rank):
    text = start_rank("join.py", "tcpstore:head:1/job-1", 60, **slurm(0, 2)).failure()
    assert "ValueError" in text and "'//' is missing in 'tcpstore:head:1/job-1" in text


def test_an_unknown_name_of_the_server_is_told(start_rank):
    rank = start_rank("join.py", "tcpstore://no-host.invalid:1/job-1", 60, **slurm(0, 2))
    rank.log.wait_for("cannot connect to no-host.invalid:1: ", "; is the name right? Trying for", seconds=60)


def test_no_server_is_told(start_rank):
    text = start_rank("join.py", "tcpstore://localhost:1/job-1", 1, **slurm(0, 2)).failure()
    assert "DistStoreError: cannot connect to localhost:1: Connection refused; is tcpstored running there" in text
    assert text.rstrip().endswith("Tried for 1 s.")


@pytest.mark.parametrize("rank", [0, 1])
def test_a_lost_connection_names_the_server(start_rank, failing_server, rank):
    address = "%s:%d" % failing_server.address
    text = start_rank("join.py", f"tcpstore://{address}/job-1", 60, **slurm(rank, 2)).failure()
    assert f"DistStoreError: the connection to tcpstored at {address} is lost: " in text


def test_a_server_that_cannot_be_reached_is_told_at_once(start_rank):
    rank = start_rank("join.py", "tcpstore://127.0.0.1:1/job-1", 60, **slurm(1, 2))
    rank.log.wait_for("cannot connect to 127.0.0.1:1: Connection refused; is tcpstored running there",
                      "Trying for 60 s", seconds=60)


@pytest.mark.parametrize("ranks", [(0, 1), (1, 0)])
def test_when_the_server_stops_all_ranks_say_so(start_rank, server, url, ranks):
    started = [start_rank("join.py", url, 60, **slurm(rank, 3)) for rank in ranks]
    wait_for_waiter(server, "/tcpstore/rank/2", "job-1.1", len(started))
    address = "%s:%d" % server.address
    server.stop()
    for rank in started:
        assert f"DistStoreError: the connection to tcpstored at {address} is lost: " in rank.failure()


def test_a_rank_that_comes_while_the_server_drains_is_told(start_rank, server, url):
    client = Client(server.address)
    client.ping()
    Http(server.address).request("/v1/drain", "PUT", **CHANGE)
    rank = start_rank("join.py", url, 60, **slurm(0, 2))
    rank.log.wait_for("%s:%d did not accept this client: no client can connect: the server is draining"
                      % server.address, "Trying for 60 s", seconds=60)
    client.close()


def test_a_rank_that_comes_after_rank_0_has_failed_for_good_does_not_wait(start_rank, start_server):
    url = "tcpstore://%s:%d/job-1" % start_server("--http", "off").address
    start_rank("join.py", url, 60, **slurm(0, 2)).failure()
    text = start_rank("join.py", url, 60, **slurm(1, 2)).failure()
    assert "--http off" in text and "for rank 0 to try again" not in text


def test_without_http_all_ranks_fail_and_say_why(start_rank, start_server):
    url = "tcpstore://%s:%d/job-1" % start_server("--http", "off").address
    others = [start_rank("join.py", url, 60, **slurm(rank, 3)) for rank in (1, 2)]
    for rank in others:
        rank.log.wait_for("started", seconds=60)
    texts = [rank.failure() for rank in [*others, start_rank("join.py", url, 60, **slurm(0, 3))]]
    for text in texts:
        assert "rank 0 cannot make a store for 'job-1': " in text
        assert "--http off" in text and "start tcpstored without --http off and --http-bind" in text


@pytest.fixture
def full(start_server):
    """A server whose only port for jobs is taken by another job."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    server = start_server("--job-ports", f"{port}-{port}")
    Http(server.address).open_store("other")
    return server


def test_a_rank_that_comes_after_rank_0_has_failed_fails_as_it_did(start_rank, full):
    url = "tcpstore://%s:%d/job-1" % full.address
    reason = "rank 0 cannot make a store for 'job-1': "
    assert reason in start_rank("join.py", url, 60, **slurm(0, 2)).failure()
    assert f"DistStoreError: {reason}" in start_rank("join.py", url, 1, **slurm(1, 2)).failure()


def test_a_rank_waits_for_rank_0_of_the_next_attempt(start_rank, full):
    url = "tcpstore://%s:%d/job-1" % full.address
    start_rank("join.py", url, 60, **slurm(0, 2)).failure()
    other = start_rank("join.py", url, 60, **slurm(1, 2))
    other.log.wait_for("rank 0 cannot make a store", "for rank 0 to try again", seconds=60)
    Http(full.address).close_store("other")
    leader = start_rank("join.py", url, 60, **slurm(0, 2))
    assert leader.joined() == other.joined()
