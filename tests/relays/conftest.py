"""Fixtures: a store that accepts relays, and relays."""

import pytest

from support.client import Client
from support.credentials import Credentials
from support.http import Http
from support.proxy import Proxy
from support.servers import Tcpstored, trunk_address
from support.trunk import Relay

SECONDS = 30


@pytest.fixture(scope="session")
def credentials(request, tmp_path_factory):
    """Of the trunks."""
    return Credentials(request.config.getoption("trunk"),
                       tmp_path_factory.mktemp("trunk") / "credentials")


@pytest.fixture
def server(tmp_path, request, credentials):
    """Its flags are the parameter, if there is one."""
    server = Tcpstored(tmp_path, "--trunk", "127.0.0.1:0", *credentials.flags,
                       *getattr(request, "param", ()))
    yield server
    server.stop()


@pytest.fixture
def trunk(server):
    """The address for relays."""
    return trunk_address(server)


@pytest.fixture
def http(server):
    return Http(server.address)


@pytest.fixture
def make_relay(trunk, credentials):
    """Relays without a link yet."""
    made = []

    def make(**options):
        made.append(Relay(trunk, tls=credentials.context, **options))
        return made[-1]

    yield make
    for relay in made:
        if relay.link is not None:
            relay.break_link()


@pytest.fixture
def relay(make_relay):
    return make_relay().connect()


@pytest.fixture
def proxy(trunk):
    """Between the relay and the store."""
    proxy = Proxy(trunk)
    yield proxy
    proxy.stop()


@pytest.fixture
def start_relay(tmp_path_factory, credentials):
    relays = []

    def start(*flags):
        relays.append(Tcpstored(tmp_path_factory.mktemp("relay"), *credentials.flags, *flags))
        return relays[-1]

    yield start
    for relay in relays:
        if relay.process.poll() is None:
            relay.stop()


@pytest.fixture
def connect():
    """Clients at an address."""
    clients = []

    def connect(address):
        clients.append(Client(address, timeout=SECONDS))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def direct(server, connect):
    """A client that is connected to the store itself."""
    return connect(server.address)
