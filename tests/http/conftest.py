"""Fixtures: servers that a test starts itself, and an HTTP client for them."""

import pytest

from support.client import Client
from support.http import Http
from support.servers import Tcpstored

SECONDS = 20


@pytest.fixture
def start(tmp_path):
    """Starts servers, and stops them when the test ends."""
    started = []

    def start(*flags):
        started.append(Tcpstored(tmp_path, *flags))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def server(start, request):
    """Its flags are the parameter, if there is one."""
    return start(*getattr(request, "param", ()))


@pytest.fixture
def http(server):
    return Http(server.address)


@pytest.fixture
def connect(server):
    """Opens clients of the store, and closes them when the test ends."""
    clients = []

    def connect(**options):
        clients.append(Client(server.address, timeout=SECONDS, **options))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()
