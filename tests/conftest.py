"""Which server the conformance and interop tests talk to."""

import pytest

from support.client import Client
from support.servers import ForeignServer, Tcpstored, TorchServer


def pytest_addoption(parser):
    parser.addoption("--server", default="tcpstored",
                     help="tcpstored (the program that the environment variable TCPSTORED "
                          "names), torch (PyTorch's own server) or HOST:PORT")
    parser.addoption("--operations", type=int, default=1_000_000,
                     help="tests/differential: how many, of all traces together")
    parser.addoption("--seed", type=int, default=1, help="tests/differential: of the first trace")
    parser.addoption("--answers", type=int, default=0,
                     help="tests/stress: how many a healthy client has in each test, at least")
    parser.addoption("--max-p99", type=float, metavar="MS",
                     help="tests/stress: how long a healthy client's p99 may be; for a release "
                          "build on a machine that does nothing else")


def start_server(config, directory):
    choice = config.getoption("server")
    if choice == "tcpstored":
        return Tcpstored(directory)
    if choice == "torch":
        return TorchServer()
    return ForeignServer(choice)


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    """One for all tests: they keep apart by the names of their keys."""
    running = start_server(request.config, tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def fresh_server(request, tmp_path):
    """For tests whose keys have names that others use, too."""
    running = start_server(request.config, tmp_path)
    yield running
    running.stop()


@pytest.fixture
def tcpstored(tmp_path_factory):
    """Starts servers of the test's own, with flags and options of Popen; answers each with a
    function to connect."""
    servers, clients = [], []

    def start(*flags, **options):
        server = Tcpstored(tmp_path_factory.mktemp("own"), *flags, **options)
        servers.append(server)

        def connect(validate=True, source=None):
            clients.append(Client(server.address, validate=validate, source=source))
            return clients[-1]

        return server, connect

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.stop()
