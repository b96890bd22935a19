"""The command line, and a raw client beside it, on a server of the test's own."""

import pytest

from support.cli import Cli
from support.client import Client
from support.servers import Tcpstored


@pytest.fixture
def cli(fresh_server):
    return Cli(fresh_server.address)


@pytest.fixture
def other(fresh_server):
    """Sees keys as they are on the wire."""
    client = Client(fresh_server.address, timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for a file, for tests that leave nothing that others meet."""
    running = Tcpstored(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()
