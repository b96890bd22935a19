"""A job of torchrun on two nodes, whose agents and ranks reach the store through relays."""

import os
import re
import sys
import time
from pathlib import Path

import pytest

from cluster import DATA, DATA_ADDRESSES
from support.torchrun import Agent
from support.waiting import wait_until

RANK = Path(__file__).with_name("rank.py")
WORKERS = 2
SECONDS = 60
AWAY_SECONDS = 10


@pytest.fixture
def start(cluster, tmp_path):
    """Starts the agent on a node."""
    agents = []

    def run(node, address, **variables):
        port = node.server.address[1]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": DATA, **variables}
        agents.append(Agent(
            Path(sys.executable).parent, ("127.0.0.1", port), "job", RANK, port, tmp_path,
            workers=WORKERS, environment=environment, before=node.host.before,
            flags=["--rdzv-backend=c10d", "--rdzv-conf=is_host=0", f"--local-addr={address}"]))
        return agents[-1]

    yield run
    for agent in agents:
        agent.lose_node()


def wait_for_ranks(agent, words):
    wait_until(lambda: len(agent.log.lines_with(words)) == WORKERS, SECONDS)


def totals(agents):
    return [found for agent in agents for found in re.findall(r"rank \d: after (\w+): (\S+)", agent.succeed())]


@pytest.mark.parametrize("breaks", [False, True], ids=["silent", "reset"])
def test_a_job_goes_on_when_a_link_was_down_for_10_s_in_init_and_in_a_barrier(cluster, start, tmp_path, breaks):
    first, late = cluster.nodes
    agents = [start(first, DATA_ADDRESSES[0]), start(late, DATA_ADDRESSES[1], COMES_LATE="yes")]
    for step in ("init", "barrier"):
        for agent in agents:
            wait_for_ranks(agent, f"before {step}")
        wait_until(lambda: cluster.store.items("waits"), SECONDS)
        late.end.pull_out()
        if breaks:
            late.reset_trunk()
        (tmp_path / step).touch()  # the late ranks go on
        time.sleep(AWAY_SECONDS)
        assert not any(agent.log.lines_with(f"after {step}") for agent in agents)
        late.end.plug_in()
    ranks = 2 * WORKERS
    total = float(sum(range(1, ranks + 1)))
    assert sorted(totals(agents)) == sorted([("init", str(total)), ("barrier", str(ranks * total))] * ranks)
    assert late.server.log.lines_with("event=upstream-lost") or not breaks
