"""A server that ends by itself: it drains, or serves once."""

import json
import signal
from http.client import HTTPException

import pytest

from support.client import Client
from support.http import CHANGE, Http
from support.waiting import wait_until


def drain_by_signal(server):
    server.process.send_signal(signal.SIGUSR2)


def drain_by_http(server):
    status, _, body = Http(server.address).request("/v1/drain", "PUT", **CHANGE)
    assert status == 200 and json.loads(body)["draining"] is True
    server.log.wait_for("event=drain-asked client=127.0.0.1:")


def ends(server):
    return server.process.wait(20) == 0


@pytest.mark.parametrize("drain", [drain_by_signal, drain_by_http])
def test_a_draining_server_serves_those_that_are_there(server, drain):
    client = Client(server.address, timeout=20)
    client.set("key", b"value")
    client.ping()
    drain(server)
    assert client.name in server.log.wait_for("event=draining clients=1")
    http = Http(server.address)
    assert http.json("/v1/stat")["draining"] is True
    status, _, body = http.request("/readyz")
    assert status == 503 and b"draining" in body
    late = Client(server.address, timeout=20)
    late.assert_closed()
    refused = server.log.wait_for("event=client-refused", f"client={late.name} ", "draining")
    assert "level=warn" in refused and "connect to another server" in refused
    assert client.get("key") == b"value"
    client.close()
    assert ends(server)
    assert "the last client has left" in server.log.whole()


@pytest.mark.parametrize("drain", [drain_by_signal, drain_by_http])
def test_a_draining_server_without_clients_ends(server, drain):
    drain(server)
    assert ends(server)


def test_a_draining_server_opens_no_stores(server):
    http = Http(server.address)
    client = Client(http.open_store("job"), timeout=20)
    client.ping()
    drain_by_http(server)
    status, _, body = http.request("/v1/stores/other", "PUT", **CHANGE)
    assert status == 503 and b"draining" in body
    assert client.add("count", 1) == 1
    client.close()
    assert ends(server)


@pytest.mark.parametrize("server", [["--once"]], indirect=True)
def test_a_server_for_once_ends_with_its_last_client(server):
    http = Http(server.address)
    http.text("/healthz")  # HTTP clients do not count
    Client(server.address, validate=False).leave()  # nor does what sends nothing, as a probe
    one, other = (Client(server.address, timeout=20) for _ in range(2))
    for client in (one, other):
        client.ping()
    one.close()
    http.wait_until("/v1/stat", lambda stat: stat["clients"] == 1)
    other.set("key", b"value")
    other.ping()
    other.close()
    assert ends(server)


@pytest.mark.parametrize("server", [["--once", "--job-linger", "0.01"]], indirect=True)
def test_a_server_for_once_serves_a_store_of_a_job(server):
    http = Http(server.address)
    client = Client(http.open_store("job"), timeout=20)
    client.ping()
    client.close()
    assert ends(server)


@pytest.mark.parametrize("server", [["--once"]], indirect=True)
def test_a_server_for_once_ends_when_its_only_store_is_closed(server):
    http = Http(server.address)
    client = Client(http.open_store("job"), timeout=20)
    client.ping()
    http.close_store("job")
    client.assert_closed()
    assert ends(server)


def test_a_connection_that_sends_nothing_does_not_put_the_end_off(server):
    silent = Client(server.address, validate=False)
    client = Client(server.address, timeout=20)
    client.ping()
    drain_by_signal(server)
    assert client.name in server.log.wait_for("event=draining clients=1 ")
    client.close()
    assert ends(server)
    silent.close()


@pytest.mark.parametrize("server", [["--once"]], indirect=True)
def test_nor_that_of_a_server_for_once(server):
    silent = Client(server.address, validate=False)
    client = Client(server.address, timeout=20)
    client.ping()
    client.close()
    assert ends(server)
    silent.close()


def test_questions_do_not_put_the_end_off(server):
    http = Http(server.address)

    def has_ended():
        try:
            http.request("/readyz")
        except (OSError, HTTPException):
            return True
        return False

    drain_by_http(server)
    wait_until(has_ended, 20)
    assert ends(server)
