"""What a relay or a link that does not return breaks: the clients of its node, and no others."""

import pytest

from support.waiting import wait_until

SECONDS = 60
TIMEOUT = "2"


@pytest.fixture
def cluster(make_cluster):
    return make_cluster("--relay-timeout", TIMEOUT)


@pytest.fixture
def clients(cluster):
    """One on each node, which has been served."""
    joined = [node.join(SECONDS) for node in cluster.nodes]
    for client in joined:
        client.ping()
    yield joined
    for client in joined:
        client.close()


def test_a_relay_that_is_killed_takes_its_own_clients_along(cluster, clients):
    waiting, other = clients
    waiting.barrier("barrier", 2)
    wait_until(lambda: cluster.store.items("barriers"), SECONDS)
    cluster.nodes[0].server.process.kill()
    waiting.assert_closed()
    cluster.store.server.log.wait_for("event=relay-gone", "--relay-timeout", seconds=SECONDS)
    wait_until(lambda: len(cluster.store.items("clients")) == 1 and not cluster.store.items("waits"), SECONDS)
    assert [other.add("count", 1) for _ in range(3)] == [1, 2, 3]


def test_a_link_that_is_away_for_too_long_disconnects_the_clients_of_its_node(cluster, clients):
    away, other = clients
    away.wait("never")
    wait_until(lambda: cluster.store.items("waits"), SECONDS)
    node = cluster.nodes[0]
    node.end.pull_out()
    count = 0
    while not cluster.store.server.log.lines_with("event=relay-gone", "--relay-timeout"):
        count += 1
        assert other.add("count", 1) == count
    away.assert_closed()
    node.server.log.wait_for("event=relay-forgotten", seconds=SECONDS)
    assert len(cluster.store.items("clients")) == 1 and not cluster.store.items("waits")
    node.end.plug_in()
    late = node.join(SECONDS)
    assert late.add("count", 1) == count + 1
    late.close()
