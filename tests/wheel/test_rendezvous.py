"""init_method="tcpstore://…", with the wheel installed: where ranks meet, whatever an attempt that failed
has left."""

import contextlib
import json
import socket
import threading

import pytest
from support.client import Client
from support.http import Http
from support.ranks import slurm
from support.waiting import wait_until


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


def test_ranks_of_slurm_meet_twice_in_one_process(start_rank, url):
    ranks = [start_rank("twice.py", url, **slurm(rank, 2)) for rank in range(2)]
    printed = [rank.log.whole() for rank in ranks]
    assert [rank.process.wait() for rank in ranks] == [0, 0], printed
    assert printed[0] == printed[1]
    lines = printed[0].splitlines()
    assert all(line.startswith("total 3.0 ") for line in lines)
    assert len(set(lines)) == 2, "both met in the same store"


@pytest.mark.parametrize("start_next", [start_next_with_rank_0_first,
                                        start_next_with_rank_0_last])
def test_what_an_attempt_that_failed_has_left_is_not_used(start_rank, url, server, start_next):
    def run(rank):
        return start_rank("join.py", url, 60, **slurm(rank, 3))

    failed = [run(0), run(1)]
    wait_for_key(server, "job-1.1", "/tcpstore/rank/1")
    for rank in failed:
        rank.stop()
    ranks = start_next(run, server)
    assert {rank.joined() for rank in ranks} == {stores(server)["job-1.2"]}
    assert "job-1.1" not in stores(server)


def publish(server, number, name, port):
    """As rank 0 of an attempt."""
    client = Client(server.address)
    client.set(b"/tcpstore/jobs/job-1/%d" % number, json.dumps({"name": name, "port": port}).encode())
    client.close()


def close_after_a_look(listener):
    """The rank finds the port open, and PyTorch finds it closed."""
    listener.accept()[0].close()
    listener.close()


def disconnect_each(listener):
    """Another program has got the port."""

    def serve():
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                listener.accept()[0].close()

    listener.accept()[0].close()  # the rank has come
    threading.Thread(target=serve, daemon=True).start()


@pytest.mark.parametrize("fail", [close_after_a_look, disconnect_each])
def test_a_rank_that_is_connecting_to_a_deleted_store_goes_to_the_next_one(start_rank, url, server, fail):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as old:
        publish(server, 1, "job-1.1", old.getsockname()[1])
        ranks = [start_rank("join.py", url, 60, **slurm(1, 2))]
        fail(old)
        ranks.append(start_rank("join.py", url, 60, **slurm(0, 2)))
        assert {rank.joined() for rank in ranks} == {stores(server)["job-1.2"]}


def test_a_rank_does_not_join_another_store_that_has_got_the_port(start_rank, url, server):
    _, port = Http(server.address).open_store("other")
    publish(server, 1, "job-1.1", port)
    ranks = [start_rank("join.py", url, 60, **slurm(1, 2))]
    wait_for_waiter(server, "/tcpstore/jobs/job-1/2")
    ranks.append(start_rank("join.py", url, 60, **slurm(0, 2)))
    assert {rank.joined() for rank in ranks} == {stores(server)["job-1.2"]}
    assert Http(server.address).items("keys", store="other") == []


def test_after_a_job_is_killed_the_same_name_works_at_once(start_rank, url, server):
    for number in 1, 2:
        ranks = [start_rank("join.py", url, 60, **slurm(rank, 2)) for rank in range(2)]
        assert {rank.joined() for rank in ranks} == {stores(server)[f"job-1.{number}"]}
        for rank in ranks:
            rank.stop()
    assert "job-1.1" in stores(server), "all had joined it: it may be in use"


def test_why_names_ranks_by_the_keys_that_they_have_set(start_rank, url, server):
    start_rank("join.py", url, 60, **slurm(0, 3))
    start_rank("join.py", url, 60, **slurm(1, 3))
    wait_for_key(server, "job-1.1", "/tcpstore/rank/1")
    text = Http(server.address).text("/why?store=job-1.1")
    assert "2 of 3 ranks have joined" in text
    assert "rank 2 has not joined, and no client is known to be it" in text


def test_the_server_may_be_named_by_the_variables_of_env(start_rank, server):
    host, port = server.address
    ranks = [start_rank("join.py", "tcpstore:///job-1", 60, MASTER_ADDR=host, MASTER_PORT=str(port),
                   **slurm(rank, 2)) for rank in range(2)]
    assert len({rank.joined() for rank in ranks}) == 1


def test_the_store_has_the_timeout_that_was_given(start_rank, url):
    for rank in [start_rank("join.py", url, 60, **slurm(rank, 2)) for rank in range(2)]:
        rank.log.wait_for("has joined", "timeout 60 s", seconds=60)


def test_ranks_wait_for_a_server_that_starts_later(start_rank, start_server):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    ranks = [start_rank("join.py", f"tcpstore://127.0.0.1:{port}/job-1", 60, **slurm(rank, 2))
             for rank in range(2)]
    for rank in ranks:
        rank.log.wait_for("Trying for 60 s", seconds=60)
    start_server("--port", str(port))
    assert len({rank.joined() for rank in ranks}) == 1
