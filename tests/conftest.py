"""Which server the conformance and interop tests talk to."""

import pytest

from support.servers import ForeignServer, Tcpstored, TorchServer


def pytest_addoption(parser):
    parser.addoption("--server", default="tcpstored",
                     help="tcpstored (the program that the environment variable TCPSTORED "
                          "names), torch (PyTorch's own server) or HOST:PORT")


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
