"""The store names the clients of relays by their host, process and rank."""

import os
import socket

import pytest

from support import trunk as wires
from support import wire
from support.cli import Cli
from support.client import Client
from support.hosts import outer_address
from support.http import Http, identity_of
from support.proxy import Proxy
from support.servers import Tcpstored
from support.waiting import wait_until

SECONDS = 20
HOST = socket.gethostname()
KEY = "default_pg/0//cpu//0/"


def listed(http, name="clients"):
    return [identity_of(client) for client in http.items(name)]


def identified(http, count):
    """The clients, once so many have a process."""
    found = []

    def are_all():
        found[:] = http.items("clients")
        return sum(client["pid"] is not None for client in found) == count

    wait_until(are_all, SECONDS)
    return found


@pytest.fixture
def proxy(trunk):
    """Between the real relay and the store."""
    proxy = Proxy(trunk)
    yield proxy
    proxy.stop()


@pytest.fixture
def start_node(tmp_path_factory, proxy, credentials):
    """Starts a real relay."""
    nodes = []

    def start(*flags):
        nodes.append(Tcpstored(tmp_path_factory.mktemp("node"), "--upstream", "%s:%d" % proxy.address,
                               *credentials.flags, *flags))
        nodes[-1].log.wait_for("event=upstream-connected")
        return nodes[-1]

    yield start
    for node in nodes:
        node.stop()


@pytest.fixture
def node(start_node):
    return start_node()


@pytest.fixture
def hang(make_relay):
    """Three of four ranks, of another relay, wait for rank 2."""
    relay = make_relay(name="node1").connect()
    for rank in (0, 1, 3):
        relay.enter(rank, rank=rank)
        relay.send(rank, wire.set_value(f"{KEY}{rank}", b""), wire.wait([f"{KEY}2"]))
    relay.wait_until_acknowledged()


# A real relay

def test_processes_that_are_clients_of_a_relay_are_named_by_host_rank_and_pid(node, http, spawn):
    clients = [spawn(node, RANK="7"), spawn(node, SLURM_PROCID="8", source="127.0.0.9"), spawn(node)]
    found = identified(http, 3)
    assert [client["peer"] for client in found] == [f"{HOST}:{client.port}" for client in clients]
    assert [client["pid"] for client in found] == [client.pid for client in clients]
    assert [client["rank"] for client in found] == [7, 8, None]
    assert all("-c" in client["process"] for client in found)


def test_those_that_come_later_are_named_too(node, http, spawn):
    for rank in range(3):
        spawn(node, RANK=str(rank))
        assert [client["rank"] for client in identified(http, rank + 1)] == list(range(rank + 1))


def test_more_than_fit_in_one_search_are_named(node, http):
    clients = [Client(node.address, timeout=SECONDS) for _ in range(300)]
    for client in clients:
        client.ping()
    identified(http, 300)
    for client in clients:
        client.close()


def test_why_at_the_store_names_rank_host_and_pid(node, server, http, spawn, hang):
    client = spawn(node, RANK="2")
    identified(http, 1)
    done = Cli(server.address)("why", "--hang", "0")
    assert "rank 2 is connected, has not set an address" in done.stdout
    assert f"({HOST}:{client.port}, pid {client.pid})" in done.stdout


@pytest.mark.parametrize("server", [["--slow-wait", "1"]], indirect=True)
def test_the_log_of_a_slow_wait_at_the_store_names_them(node, server, spawn, hang):
    client = spawn(node, RANK="2")
    line = server.log.wait_for("event=slow-wait", f"{HOST}:{client.port}", seconds=SECONDS)
    assert "rank 2 is connected" in line and f"pid {client.pid})" in line


def test_one_that_has_left_is_listed_with_its_process(node, http, spawn):
    client = spawn(node, RANK="7")
    identified(http, 1)
    client.stop()
    wait_until(lambda: http.items("closed"), SECONDS)
    closed, = http.items("closed")
    assert identity_of(closed)[:3] == (f"{HOST}:{client.port}", 7, client.pid)


def test_a_client_that_leaves_before_it_is_found_is_not_taken_for_the_next_one(node, http, spawn):
    """They have the same number on the trunk."""
    for _ in range(20):
        early = Client(node.address, timeout=SECONDS)
        early.ping()
        early.close()
        wait_until(lambda: http.items("clients") == [], SECONDS)
    late = spawn(node, RANK="3")
    assert identity_of(identified(http, 1)[0])[:3] == (f"{HOST}:{late.port}", 3, late.pid)
    assert {client["pid"] for client in http.items("closed")} <= {None, os.getpid()}


def test_clients_that_leave_while_they_are_sought_harm_no_other(node, server, http, spawn):
    other = Client(node.address, timeout=SECONDS)
    for _ in range(3):
        clients = [Client(node.address, timeout=SECONDS) for _ in range(200)]
        for client in clients:
            other.ping()
            client.close()
    found = spawn(node, RANK="3")
    wait_until(lambda: found.pid in [client["pid"] for client in http.items("clients")], SECONDS)
    assert not server.log.lines_with("event=relay-gone")
    other.close()


def test_a_client_that_no_process_holds_has_none(node, http, spawn):
    """Its socket is on its way from one process to another."""
    ends = socket.socketpair()
    client = Client(node.address, timeout=SECONDS)
    client.ping()
    socket.send_fds(ends[0], [b"x"], [client.socket.fileno()])
    client.close()
    held = spawn(node, RANK="3")
    assert [identity_of(client)[1:3] for client in identified(http, 1)] == [(None, None), (3, held.pid)]
    for end in ends:
        end.close()


def test_what_is_found_while_there_is_no_link_is_told_later(node, http, proxy, spawn):
    first = spawn(node, RANK="1")
    wait_until(lambda: http.items("clients"), SECONDS)
    proxy.close()
    second = spawn(node, RANK="2")
    proxy.open()
    found = {client["pid"]: client["rank"] for client in identified(http, 2)}
    assert found == {first.pid: 1, second.pid: 2}


def test_a_client_of_the_relay_that_is_on_another_host_is_named_by_its_address(node, http, spawn):
    address = outer_address()
    client = spawn(node, RANK="7", source=address)
    local = spawn(node, RANK="8")
    found = {client["peer"]: client["pid"] for client in identified(http, 1)}
    assert found == {f"{address}:{client.port}": None, f"{HOST}:{local.port}": local.pid}


def test_a_relay_with_identify_off_tells_hosts_and_ports_alone(start_node, http, spawn):
    silent, node = start_node("--identify", "off"), start_node()
    hidden, shown = spawn(silent, RANK="7"), spawn(node, RANK="8")
    assert sorted(identity_of(client)[:3] for client in identified(http, 1)) == sorted(
        [(f"{HOST}:{hidden.port}", None, None), (f"{HOST}:{shown.port}", 8, shown.pid)],
        key=str)


# What the store takes

def test_a_client_is_named_by_what_its_relay_says_when_it_opens(relay, http):
    relay.enter(0, port=40123, rank=3, process=77, host="node9", program="python train.py")
    assert listed(http) == [("node9:40123", 3, 77, "python train.py")]


def test_without_a_host_it_is_on_that_of_the_relay(make_relay, http):
    make_relay(name="node7").connect().enter(0, port=40123)
    make_relay(name="").connect().enter(0, port=40124)
    assert [client["peer"] for client in http.items("clients")] == ["node7:40123", "127.0.0.1:40124"]


def test_what_comes_later_replaces_it(relay, http):
    relay.enter(0, port=40123, rank=3)
    relay.tell_about(0, rank=4, process=78, program="python")
    relay.wait_until_acknowledged()
    assert listed(http) == [("node1:40123", 4, 78, "python")]
    relay.tell_about(0, host="node2")
    relay.wait_until_acknowledged()
    assert listed(http) == [("node2:40123", None, None, None)]


def test_the_next_client_of_a_number_inherits_nothing(relay, http):
    relay.enter(7, rank=3, process=77)
    relay.leave(7)
    relay.wait_until_left(7)
    relay.enter(7, port=40123)
    assert listed(http) == [("node1:40123", None, None, None)]


def test_what_comes_after_the_store_has_disconnected_the_client_is_dropped(relay, http):
    relay.enter(0, port=40123)
    relay.send(0, wire.opcode(255))
    relay.wait_until_left(0)
    relay.tell_about(0, rank=3, process=77)  # on its way before it knew
    relay.leave(0)
    relay.wait_until_acknowledged()
    relay.enter(0, port=40124)
    assert listed(http) == [("node1:40124", None, None, None)]
    assert listed(http, "closed") == [("node1:40123", None, None, None)]


def test_what_comes_after_the_client_has_left_breaks_the_rules(relay, server):
    relay.enter(0)
    relay.send(0, wire.wait(["never"]))
    relay.add(wires.item(0, wires.LEAVE), wires.item(0, wires.ABOUT, wires.opening()))
    server.log.wait_for("event=relay-gone", "breaks the rules")


def test_it_takes_the_memory_of_what_was_said_last(relay, http):
    def memory_after(length):
        for _ in range(10):
            for session in range(200):
                relay.tell_about(session, host="h" * length, program="p" * length)
            relay.wait_until_acknowledged()
        return http.json("/v1/stat")["memory_bytes"]

    for session in range(200):
        relay.enter(session)
    before = memory_after(1)
    assert 200 * 400 < memory_after(255) - before < 200 * 700
    assert memory_after(1) - before < 200 * 100


def test_texts_are_shown_as_printable_ascii(relay, server, http):
    relay.enter(0, port=1, host='<b>\x1b[2J"\n\0é', program="\x00\x07", rank=0, process=9)
    assert listed(http) == [(r'<b>\x1b[2J"\x0a\x00\xc3\xa9:1', 0, 9, r"\x00\x07")]
    relay.send(0, wire.set_value(f"{KEY}0", b""), wire.wait([f"{KEY}1"]))
    relay.wait_until_acknowledged()
    done = Cli(server.address)("why", "--hang", "0")
    assert done.stderr == "" and "\x1b" not in done.stdout


@pytest.mark.parametrize("server", [["--identify", "off"]], indirect=True)
def test_a_store_with_identify_off_keeps_hosts_and_ports_alone(relay, http):
    relay.enter(0, port=40123, rank=3, process=77, host="node9", program="python")
    relay.tell_about(0, rank=4, process=78, program="python")
    relay.wait_until_acknowledged()
    assert listed(http) == [("node1:40123", None, None, None)]


def test_a_local_client_is_not_taken_for_one_of_a_relay_with_the_same_address(make_relay, server, http, spawn):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    make_relay(name="127.0.0.1").connect().enter(0, port=port)
    local = spawn(server, port=port, RANK="5")
    wait_until(lambda: len(http.items("clients")) == 2, SECONDS)
    assert [identity_of(client)[:3] for client in http.items("clients")] == [
        (f"127.0.0.1:{port}", None, None), (f"127.0.0.1:{port}", 5, local.pid)]


def test_clients_of_another_store_are_named_there(relay, server, http):
    http.open_store("job-1")
    relay.enter(0, port=40123, store="job-1", rank=3, process=77)
    client, = Http(server.address).items("clients", store="job-1")
    assert identity_of(client)[:3] == ("node1:40123", 3, 77)
