"""Which hosts may use HTTP, and at which address."""

import socket
import subprocess

import pytest

from support.client import Client
from support.http import Http
from support.servers import tcpstored_program


def test_http_off_serves_only_the_store(start):
    server = start("--http", "off")
    with pytest.raises(OSError):
        Http(server.address).request("/healthz")
    assert server.log.wait_for("event=client-closed", "operation=HTTP", "VALIDATE")
    client = Client(server.address)
    client.ping()
    client.close()


def test_http_is_refused_to_a_host_that_is_not_allowed(start):
    server = start("--http-allow", "10.0.0.0/8")
    with pytest.raises(OSError):
        Http(server.address).request("/healthz")
    assert "not allowed" in server.log.wait_for("event=client-refused", "client=127.0.0.1:")
    client = Client(server.address)
    client.ping()
    client.close()


def test_http_is_allowed_where_the_store_is(start):
    server = start("--allow", "127.0.0.0/8")
    assert Http(server.address).text("/healthz") == "ok\n"


def http_address(server):
    line = server.log.wait_for("event=serving")
    host, _, port = line.split("http=")[1].split()[0].rpartition(":")
    return host.strip("[]"), int(port)


def test_http_at_an_address_of_its_own(start):
    server = start("--http-bind", "127.0.0.2:0")
    address = http_address(server)
    assert address[0] == "127.0.0.2" and address[1] != server.address[1]
    assert Http(address).text("/healthz") == "ok\n"
    with pytest.raises(OSError):
        Http(server.address).request("/healthz")


def test_http_at_an_ipv6_address(start):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    server = start("--http-bind", "[::1]:0")
    assert Http(http_address(server)).text("/healthz") == "ok\n"


def test_an_address_of_its_own_has_its_own_networks(start):
    server = start("--http-bind", "127.0.0.2:0", "--http-allow", "10.0.0.0/8")
    with pytest.raises(OSError):
        Http(http_address(server)).request("/healthz")


def test_a_wrong_network_is_refused():
    done = subprocess.run([tcpstored_program(), "--http-allow", "10.0.0.0/33"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "--http-allow 10.0.0.0/33" in done.stderr


@pytest.mark.parametrize("endpoint, word", [
    ("127.0.0.1", "expected ADDRESS:PORT"), (":80", "expected ADDRESS:PORT"),
    ("127.0.0.1:x", "expected ADDRESS:PORT"), ("127.0.0.1:70000", "expected ADDRESS:PORT"),
    ("localhost:80", "localhost is not a numeric address: expected one with a port, as in 10.0.0.1:80, or 0.0.0.0:80 "
                     "for every interface; names are not looked up\n"), ("::1:80", "expected ADDRESS:PORT"),
    ("fe80::1:80", "expected ADDRESS:PORT"), ("[fe80::1]:80", "--http-bind fe80::1: a link-local address"),
    ("127.0.0.1:80x", "expected ADDRESS:PORT"),
])
def test_a_wrong_endpoint_is_refused(endpoint, word):
    done = subprocess.run([tcpstored_program(), "--http-bind", endpoint], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 2 and "--http-bind" in done.stderr and word in done.stderr


@pytest.mark.parametrize("flag, value", [
    ("--http-bind", "127.0.0.1:0"), ("--http-allow", "10.0.0.0/8"),
])
def test_http_off_is_refused_together_with_where_http_is_served(flag, value):
    done = subprocess.run([tcpstored_program(), "--http", "off", flag, value],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert f"{flag} {value}: cannot be combined with --http off; leave one" in done.stderr


def test_the_port_of_http_may_be_taken(start):
    server = start()
    endpoint = f"127.0.0.1:{server.address[1]}"
    done = subprocess.run([tcpstored_program(), "--port", "0", "--http-bind", endpoint],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and endpoint in done.stderr
