"""The server under test, and the options that choose it."""

import signal

import pytest

from support.client import Client
from support.credentials import Credentials
from support.local_client import LocalClient
from support.servers import ForeignServer, OnUnixSocket, Relayed, Tcpstored, TorchServer

# A shell ignores these for what runs in the background, and the programs under test inherit that.
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--server", default="tcpstored",
                     help="tcpstored (the program that the environment variable TCPSTORED "
                          "names), relay (that, through a relay), relays (that, through one behind "
                          "another), unix (that, by a Unix socket), torch (PyTorch's own server) or "
                          "HOST:PORT")
    parser.addoption("--trunk", default="plain", choices=("plain", "secret", "certificates"),
                     help="how relays and stores are connected: without TLS, or with TLS by a shared "
                          "secret or by certificates")
    parser.addoption("--operations", type=int, default=1_000_000,
                     help="tests/differential: operations in all traces together")
    parser.addoption("--seed", type=int, default=1,
                     help="tests/differential: seed of the first trace; tests/faults: of all faults")
    parser.addoption("--rounds", type=int, default=1,
                     help="tests/faults: how often each fault happens to each host")
    parser.addoption("--answers", type=int, default=0,
                     help="tests/stress: minimum number of replies to the healthy client, per test")
    parser.addoption("--max-p99", type=float, metavar="MS",
                     help="tests/stress: fail if the p99 of the healthy client exceeds this; for a "
                          "release build on an otherwise idle machine")


def start_server(config, directory):
    choice = config.getoption("server")
    if choice == "tcpstored":
        return Tcpstored(directory)
    if choice in ("relay", "relays"):
        credentials = Credentials(config.getoption("trunk"), directory / "credentials")
        return Relayed(directory, credentials, relays=1 if choice == "relay" else 2)
    if choice == "unix":
        return OnUnixSocket(directory)
    if choice == "torch":
        return TorchServer()
    return ForeignServer(choice)


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    """One server for all tests; each test uses its own keys."""
    running = start_server(request.config, tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def fresh_server(request, tmp_path):
    """A server of the test's own, for keys that other tests use as well."""
    running = start_server(request.config, tmp_path)
    yield running
    running.stop()


@pytest.fixture
def tcpstored(tmp_path_factory):
    """Starts servers of the test's own, with flags and options of Popen. Returns each server with a
    function that connects to it."""
    servers, clients = [], []

    def start(*flags, **options):
        server = Tcpstored(tmp_path_factory.mktemp("own"), *flags, **options)
        servers.append(server)

        def connect(validate=True, host=None, source=None):
            address = (host or server.address[0], server.address[1])
            clients.append(Client(address, validate=validate, source=source))
            return clients[-1]

        return server, connect

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.stop()


@pytest.fixture
def spawn():
    """Starts clients that are processes of their own, with variables in their environment."""
    spawned = []

    def spawn(server, **known):
        spawned.append(LocalClient(server.address, **known))
        return spawned[-1]

    yield spawn
    for client in spawned:
        client.stop()
