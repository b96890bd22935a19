"""A relay serves clients of its Unix socket."""

import os

import pytest

from support.client import Client
from support.servers import Tcpstored


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "relay.sock")


@pytest.fixture
def relay(tmp_path_factory, trunk, path, credentials):
    relay = Tcpstored(tmp_path_factory.mktemp("relay"), *credentials.flags, "--upstream", "%s:%d" % trunk, "--unix",
                      path, "--log-level", "debug")
    relay.log.wait_for("event=upstream-connected")
    yield relay
    if relay.process.poll() is None:
        relay.stop()


def test_clients_of_both_sockets_of_a_relay_share_the_store(relay, direct, path):
    on_socket, on_port = Client(path), Client(relay.address)
    on_socket.set("key", "value")
    on_socket.settle()
    assert on_port.get("key") == b"value"
    assert direct.get("key") == b"value"
    on_port.wait("later")
    on_socket.set("later", "")
    on_port.assert_released()
    relay.log.wait_for("event=client-accepted", f"client={on_socket.name}")
    on_socket.close()
    on_port.close()


def test_a_relay_removes_its_file(relay, path):
    assert os.path.exists(path)
    relay.stop()
    assert not os.path.exists(path)
