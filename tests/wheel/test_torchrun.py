"""torchrun --rdzv-backend=tcpstore, with the wheel installed: jobs of two agents, and what interrupts them."""

import re
import socket
import subprocess
import textwrap
from pathlib import Path

import pytest
from support.client import Client
from support.http import CHANGE, Http
from support.servers import ForeignServer
from support.torchrun import Agent
from support.waiting import wait_until

HERE = Path(__file__).parent
RANK = HERE / "rank.py"
DIES_ONCE = HERE / "trainers" / "dies_once.py"
UNTIL = HERE / "trainers" / "until.py"


@pytest.fixture
def start(torch_scripts, torch_environment, server):
    """Starts an agent of a job."""
    agents = []

    def run(job, *script, server=server, **options):
        agents.append(Agent(torch_scripts, server.address, job, *script,
                            environment=torch_environment, **options))
        return agents[-1]

    yield run
    for agent in agents:
        agent.lose_node()


def stores(server):
    return {store["name"]: store["port"] for store in Http(server.address).items("stores")}


def totals(*agents):
    return re.findall(r"total (\S+) (\d+)", "".join(agent.succeed() for agent in agents))


def test_two_agents_of_two_workers_meet_in_a_store_and_the_id_can_be_used_again(start, server):
    for attempt in 1, 2:
        agents = [start("job-1", RANK, workers=2) for _ in range(2)]
        assert totals(*agents) == [("10.0", str(stores(server)[f"job-1.{attempt}"]))] * 4
    assert set(stores(server)) == {"", "job-1.2"}


def test_two_jobs_at_once_do_not_meet(start, server):
    agents = [start(job, RANK) for job in ("a", "b", "a", "b")]
    ports = {port for total, port in totals(*agents)}
    assert ports == {str(stores(server)["a.1"]), str(stores(server)["b.1"])}


def test_after_a_worker_is_killed_the_next_attempt_has_an_empty_store(start, server, tmp_path):
    agents = [start("job-1", DIES_ONCE, tmp_path, workers=2, flags=["--max-restarts=3"])
              for _ in range(2)]
    text = "".join(agent.succeed() for agent in agents)
    assert len(re.findall(r"rank \d is done", text)) == 4, text
    found = re.findall(r"port (\d+), left behind: (\w+)", text)
    assert len(found) == 8 and {left for _, left in found} == {"False"}, text
    assert set(stores(server)) == {"", "job-1.2"}


def test_why_says_that_an_agent_is_missing(start, server, tmp_path):
    over = tmp_path / "over"
    http = Http(server.address)
    agents = [start("job 1", UNTIL, over)]
    wait_until(lambda: http.json("/v1/why")["verdict"] == "waiting", 60)
    assert re.search(r"\ntorchrun, rendezvous, job%201; 1 of 2 agents has joined\n"
                     r"  joined: 127\.0\.0\.1:\d+; no change for \d+ s\n"
                     r"  → 1 agent has not joined: was torchrun started on all nodes, with the same "
                     r"--rdzv-id\?\n", http.text("/why"))
    assert http.json("/v1/why?hang=0")["verdict"] == "hangs"
    agents.append(start("job 1", UNTIL, over))
    for agent in agents:
        agent.log.wait_for("has met the others", seconds=60)
    assert http.json("/v1/why")["verdict"] == "idle"
    over.touch()
    for agent in agents:
        agent.succeed()


def test_a_lost_node_is_replaced(start, server, tmp_path):
    over = tmp_path / "over"
    stays, lost = [start("job-1", UNTIL, over, flags=["--max-restarts=3"]) for _ in range(2)]
    lost.log.wait_for("has met the others", seconds=60)
    stays.log.wait_for("has met the others", seconds=60)
    lost.lose_node()
    replacement = start("job-1", UNTIL, over, flags=["--max-restarts=3"])
    replacement.log.wait_for("has met the others", seconds=60)
    over.touch()
    replacement.succeed()
    stays.succeed()
    assert set(stores(server)) == {"", "job-1.2"}


def test_trainers_name_their_connections_and_the_agent_opens_no_store(start, server, tmp_path):
    agent = start("job-1", UNTIL, tmp_path / "over", nodes="1", workers=2)
    agent.log.wait_for("has met the others", seconds=60)
    assert not agent.listens()
    first_keys = {client["first_key"]
                  for client in Http(server.address).items("clients", store="job-1.1")}
    assert first_keys == {"/tcpstore/agent/0", "/tcpstore/rank/0", "/tcpstore/rank/1"}


def test_after_all_is_killed_the_same_id_works_at_once(start, server, tmp_path):
    over = tmp_path / "over"
    killed = [start("job-1", UNTIL, over) for _ in range(2)]
    for agent in killed:
        agent.log.wait_for("has met the others", seconds=60)
    for agent in killed:
        agent.lose_node()
    agents = [start("job-1", UNTIL, over) for _ in range(2)]
    for agent in agents:
        agent.log.wait_for("has met the others", seconds=60)
    over.touch()
    for agent in agents:
        agent.succeed()
    assert set(stores(server)) == {"", "job-1.2"}


KEEP_ALIVE = """
import os, sys, threading, time, tcpstore
from torch.distributed.elastic.rendezvous import RendezvousParameters
from tcpstore import torchrun

address = sys.argv[1]
rounds = torchrun.create(RendezvousParameters("tcpstore", address, "job-1", 1, 1))._rounds
threading.Thread(target=rounds._store.get, args=["missing"], daemon=True).start()
while not any("missing" in wait["key"] for wait in tcpstore.waits(address)):
    time.sleep(0.01)
rounds._state_holder._backend.get_state()
still_waits = any("missing" in wait["key"] for wait in tcpstore.waits(address))
print("still waits" if still_waits else "the wait came first", flush=True)
os._exit(0)
"""


def test_an_agents_keep_alives_do_not_wait_for_its_other_requests(torch_scripts, server):
    done = subprocess.run([torch_scripts / "python", "-W", "ignore", "-c", KEEP_ALIVE,
                           "%s:%d" % server.address], capture_output=True, text=True, timeout=100)
    assert done.stdout == "still waits\n", done.stderr


def test_an_elastic_job_that_has_ended_is_not_started_anew(start):
    start("job-1", RANK, nodes="1:2").succeed()
    late = start("job-1", RANK, nodes="1:2")
    late.log.wait_for("another --rdzv-id", seconds=60)
    assert late.process.wait(60) != 0


def test_a_server_that_cannot_be_reached_is_told_at_once(start):
    agent = start("job-1", RANK, server=ForeignServer("127.0.0.1:1"))
    agent.log.wait_for("cannot connect to 127.0.0.1:1: Connection refused; is tcpstored running there",
                       "Trying for 60 s", seconds=60)


def test_without_a_server_an_agent_gives_up_after_the_timeout(start):
    agent = start("job-1", RANK, server=ForeignServer("127.0.0.1:1"), flags=["--rdzv-conf=read_timeout=2"])
    text = agent.log.whole()
    assert agent.process.wait(60) != 0
    assert re.search(r"RendezvousConnectionError: cannot connect to 127\.0\.0\.1:1: Connection refused; .* "
                     r"Tried for 2 s\.(\n|$)", text)


def test_a_server_that_stops_while_a_job_runs_is_named(start, server, tmp_path):
    agents = [start("job-1", UNTIL, tmp_path / "never") for _ in range(2)]
    for agent in agents:
        agent.log.wait_for("has met the others", seconds=60)
    address = "%s:%d" % server.address
    server.stop()
    assert all(agent.process.wait(60) for agent in agents)
    # The agent that notices first stops its trainer, and the other may fail because of that.
    assert any(f"RendezvousConnectionError: the connection to tcpstored at {address} is lost: "
               in agent.log.whole() for agent in agents)


def test_an_agent_that_comes_while_the_server_drains_is_told(start, server):
    client = Client(server.address)
    client.ping()
    Http(server.address).request("/v1/drain", "PUT", **CHANGE)
    agent = start("job-1", RANK)
    agent.log.wait_for("%s:%d did not accept this client: no client can connect: the server is draining"
                       % server.address, "Trying for 60 s", seconds=60)
    client.close()


def test_a_lost_connection_names_the_server(start, failing_server):
    agent = start("job-1", RANK, server=failing_server)
    agent.log.wait_for("RendezvousConnectionError: the connection to tcpstored at %s:%d is lost: "
                       % failing_server.address, seconds=60)


LOST_AT_THE_END = """
from datetime import timedelta
from types import SimpleNamespace

from torch.distributed import DistNetworkError
from torch.distributed.elastic.rendezvous import RendezvousConnectionError
from tcpstore import torchrun
from tcpstore.server import Server

class Round:
    def set(self, key, value):
        raise DistNetworkError("Broken pipe")

class Handler(torchrun.Handler):
    def _connect(self):
        return None
    def _make_store(self, main):
        return "job-1.1", 29501
    def _hold(self, port, agents):
        pass

rounds = SimpleNamespace(next_rendezvous=lambda: SimpleNamespace(store=Round(), rank=0, world_size=2))
handler = Handler(SimpleNamespace(run_id="job-1"), Server("head", 1), timedelta(seconds=1), rounds)
try:
    handler.next_rendezvous()
except RendezvousConnectionError as error:
    print(error)
"""


def test_a_connection_that_is_lost_before_the_store_is_announced_names_the_server(torch_scripts):
    done = subprocess.run([torch_scripts / "python", "-W", "ignore", "-c", LOST_AT_THE_END],
                          capture_output=True, text=True, timeout=60)
    assert done.stdout == "the connection to tcpstored at head:1 is lost: Broken pipe; look at its log\n", \
        done.stderr


def test_without_http_the_agents_give_up_and_tell_why(start, start_server):
    deaf = start_server("--http", "off")
    agents = [start("job-1", RANK, server=deaf) for _ in range(2)]
    assert all(agent.process.wait(60) != 0 for agent in agents)
    texts = [agent.log.whole() for agent in agents]
    for words in "no store for the trainers of 'job-1': ", "start tcpstored without --http off":
        assert all(words in text for text in texts), texts


def test_an_agent_that_comes_after_the_failure_is_told_why_too(start, start_server):
    deaf = start_server("--http", "off")
    for _ in range(2):
        agent = start("job-1", RANK, nodes="1:2", server=deaf)
        assert agent.process.wait(60) != 0
    assert "rank 0 says: there is no store for the trainers of 'job-1': " in agent.log.whole()


def test_a_wrong_endpoint_names_the_mistake(start):
    agent = start("job-1", RANK, server=ForeignServer("http://head:1"))
    agent.log.wait_for("--rdzv-endpoint 'http://head:1': leave out 'http://'", seconds=60)


def test_the_quick_test_of_the_document(torch_scripts, torch_environment, tmp_path):
    """As printed, except for the port, and that torchrun is not installed beside the wheel."""
    part = re.search(r"## A quick test.*?\n## ", (HERE.parents[1] / "docs" / "TORCHRUN.md").read_text(), re.S)[0]
    script, lines = (textwrap.dedent(text) for text in re.findall(r"\n((?:(?:    .*)?\n)+)", part)
                     if text.strip())
    (tmp_path / "hello.py").write_text(script)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    lines = lines.replace("29500", str(port)).replace("--once", f"--once --port {port}")
    lines = lines.replace("torchrun ", f"{torch_scripts}/python -m torch.distributed.run ")
    done = subprocess.run(["sh", "-ec", lines + "wait"], cwd=tmp_path, env=torch_environment, timeout=100,
                          capture_output=True, text=True)
    expected = re.findall(r"`(rank \d of \d, total \d)`", part)
    printed = sorted(line for line in done.stdout.splitlines() if line.startswith("rank"))
    assert len(expected) == 2 and printed == expected, done.stderr
