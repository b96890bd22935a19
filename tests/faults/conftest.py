"""A store and relays on hosts of their own, and load on them. scripts/faults gives the permission that
this needs."""

import pytest

from cluster import NODES, Cluster, store_address
from load import Load
from support.credentials import Credentials


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        first, rounds = (metafunc.config.getoption(name) for name in ("seed", "rounds"))
        metafunc.parametrize("seed", range(first, first + rounds))


@pytest.fixture
def make_cluster(tmp_path_factory, request):
    credentials = Credentials(request.config.getoption("trunk"), tmp_path_factory.mktemp("trunk") / "credentials",
                              [store_address(number) for number in NODES])
    made = []

    def make(*store_flags):
        made.append(Cluster(tmp_path_factory.mktemp, credentials, store_flags))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop()


@pytest.fixture
def cluster(make_cluster):
    return make_cluster()


@pytest.fixture
def loads(cluster, tmp_path):
    """Clients on each host."""
    started = []
    for number, site in enumerate(cluster.sites):
        started.append(Load(site, number, len(cluster.sites), tmp_path / f"history{number}"))
    yield started
    for load in started:
        load.kill()
