import pytest

from known_differences import KNOWN_DIFFERENCES
from support.client import Client

TIMEOUT = 10.0
TIMEOUT_WHERE_NO_REPLY_IS_EXPECTED = 1.0


def difference_of(item):
    return KNOWN_DIFFERENCES.get(f"{item.path.stem}::{item.originalname}")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes seconds; make check leaves it out")
    config.addinivalue_line("markers", "tcpstored: tests tcpstored's own flags and log; "
                                       "left out for any other server")
    config.addinivalue_line("markers", "tcp: tests what only TCP has; left out for a Unix socket")


def pytest_collection_modifyitems(config, items):
    server = config.getoption("server")
    if server == "tcpstored":
        return
    foreign = [item for item in items if item.get_closest_marker("tcpstored")
               or server == "unix" and item.get_closest_marker("tcp")]
    config.hook.pytest_deselected(items=foreign)
    items[:] = [item for item in items if item not in foreign]
    if server == "torch":
        for item in items:
            if difference := difference_of(item):
                item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True,
                                                  raises=difference.raises))


@pytest.fixture
def connect(server, request):
    """Opens clients of the server under test, and closes them when the test ends."""
    torch = request.config.getoption("server") == "torch"
    short = torch and difference_of(request.node)
    timeout = TIMEOUT_WHERE_NO_REPLY_IS_EXPECTED if short else TIMEOUT
    clients = []

    def connect(validate=True):
        clients.append(Client(server.address, timeout=timeout, validate=validate))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def other(connect):
    """A second client, to read and change the store independently of the first."""
    return connect()


@pytest.fixture
def waiting(connect):
    """Opens clients with a WAIT that the server has registered."""
    def waiting(*keys):
        waiter = connect()
        waiter.wait(*keys)
        waiter.assert_still_waiting()
        return waiter

    return waiting


@pytest.fixture
def at_barrier(connect):
    """Opens clients with a BARRIER that the server has counted and not yet passed."""
    def at_barrier(key, world_size):
        waiter = connect()
        waiter.barrier(key, world_size)
        waiter.assert_still_waiting()
        return waiter

    return at_barrier


@pytest.fixture
def key(request):
    """A key that no other test uses, because all tests share one server."""
    return f"{request.node.nodeid}/key".encode()
