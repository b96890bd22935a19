"""The command line speaks TLS to a store's trunk."""

import subprocess

import pytest

from support.cli import Cli
from support.credentials import Authority, make_secret
from support.servers import Tcpstored, trunk_address

SECONDS = 30


@pytest.fixture
def start(tmp_path):
    servers = []

    def start(*flags):
        servers.append(Tcpstored(tmp_path, "--trunk", "127.0.0.1:0", *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority):
    return authority.issue("both")


@pytest.fixture
def secret(tmp_path):
    return make_secret(tmp_path / "secret")


@pytest.mark.parametrize("kind", ["secret", "certificates"])
def test_operations_with_tls(start, secret, authority, certificate, tmp_path, kind):
    flags = {"secret": ("--secret-file", secret), "certificates": authority.flags(certificate)}[kind]
    cli = Cli(trunk_address(start(*flags)))
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 12000)
    assert cli(*flags, "set", "key", "value").status == 0
    assert cli(*flags, "get", "key").stdout == "value\n"
    assert cli(*flags, "--file", large, "set", "large").status == 0
    assert cli(*flags, "keys").stdout.split() == ["key", "large"]
    assert cli(*flags, "--timeout", "0.2", "wait", "missing").status == 4
    assert cli(*flags, "flush", "--yes").status == 0


def test_a_secret_that_the_store_does_not_have(start, secret, tmp_path):
    store = start("--secret-file", secret)
    done = Cli(trunk_address(store))("--secret-file", make_secret(tmp_path / "other", "other"), "get", "key")
    assert done.status == 3 and "with TLS: it and this end have no credentials in common" in done.stderr


def test_a_store_of_another_authority(start, authority, certificate, tmp_path):
    store = start(*authority.flags(certificate))
    stranger = Authority(tmp_path, "stranger")
    done = Cli(trunk_address(store))(*stranger.flags(stranger.issue("me")), "get", "key")
    assert done.status == 3 and "with TLS: its certificate is refused (unable to get local issuer" in done.stderr


def test_a_certificate_that_the_store_refuses(start, authority, certificate, tmp_path):
    store = start(*authority.flags(certificate))
    stranger = Authority(tmp_path, "stranger")
    own = stranger.issue("me")
    done = Cli(trunk_address(store))("--timeout", "1", "--tls-cert", own.certificate, "--tls-key", own.key,
                                     "--tls-ca", authority.flags(certificate)[-1], "get", "key")
    assert done.status == 3 and "it refuses the certificate of this end" in done.stderr


def test_a_port_without_tls(start, secret):
    store = start("--secret-file", secret)
    done = Cli(store.address)("--secret-file", secret, "get", "key")
    assert done.status == 3 and "does it speak TLS on that port?" in done.stderr


def test_files_that_are_wrong(start, secret):
    cli = Cli(trunk_address(start("--secret-file", secret)))
    assert f"secret-file {secret}x: No such file" in cli("--secret-file", f"{secret}x", "get", "key").stderr
    secret.chmod(0o604)
    assert "chmod o=" in cli("--secret-file", secret, "get", "key").stderr
    assert "tls-key is missing" in cli("--tls-cert", "x", "get", "key").stderr


def test_http_is_refused_rather_than_sent_without_tls(start, secret):
    store = start("--secret-file", secret)
    cli = Cli(trunk_address(store))
    done = cli("--secret-file", secret, "why")
    assert done.status == 2 and "--http HOST:PORT" in done.stderr
    assert cli("--secret-file", secret, "--http", "%s:%d" % store.address, "why").status == 0
