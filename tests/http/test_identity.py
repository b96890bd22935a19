"""Clients on the server's host are named by their processes."""

import pytest

from support.http import Http


def test_a_client_of_this_host_is_named_by_its_process_and_rank(server, http, spawn):
    processes = [spawn(server, RANK="7"), spawn(server, SLURM_PROCID="8", source="127.0.0.9"),
                 spawn(server, RANK="x"), spawn(server)]
    clients = http.items("clients")
    assert [client["pid"] for client in clients] == [process.pid for process in processes]
    assert [client["rank"] for client in clients] == [7, 8, None, None]
    assert all("-c" in client["process"] for client in clients)


@pytest.mark.parametrize("server", [("--slow-wait", "1")], indirect=True)
def test_the_log_of_a_slow_wait_names_the_process_that_is_missing(server, connect, spawn):
    process = spawn(server, RANK="2")
    for rank in (0, 1, 3):
        client = connect()
        client.set(f"default_pg/0//cpu//0/{rank}", b"")
        client.wait("default_pg/0//cpu//0/2")
    line = server.log.wait_for("event=slow-wait")
    assert 'reason="rank 2 is connected, has not set an address' in line
    assert f"pid {process.pid})" in line


def test_with_identify_off_no_process_is_named(start, spawn):
    server = start("--identify", "off")
    spawn(server, RANK="7")
    client, = Http(server.address).items("clients")
    assert client["pid"] is None and client["rank"] is None and client["process"] is None
