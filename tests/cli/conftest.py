"""Fixtures: the command line and a raw client on a fresh server, and servers that a test starts
and stops itself."""

import pytest

from support.cli import Cli
from support.client import Client
from support.servers import Tcpstored, TorchServer

SECONDS = 20


class Started(Tcpstored):
    def connect(self):
        return Client(self.address, timeout=SECONDS)

    def crowd(self, count):
        """Connects and disconnects this many clients, one after the other."""
        for _ in range(count):
            self.connect().leave()

    def end_by(self, number):
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*flags, **options):
        started.append(Started(tmp_path, *flags, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


@pytest.fixture
def cli(fresh_server):
    return Cli(fresh_server.address)


@pytest.fixture
def other(fresh_server):
    """A client that uses keys as they are on the wire."""
    client = Client(fresh_server.address, timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for all tests of a file, which must leave nothing that affects another."""
    running = Tcpstored(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def torch_server():
    """PyTorch's own server; one for all tests of a file."""
    running = TorchServer()
    yield running
    running.stop()
