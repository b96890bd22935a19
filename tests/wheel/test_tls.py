"""Trunks with TLS: the wheel's programs load the system's OpenSSL when they need it."""

import os
import subprocess

from support.client import Client
from support.servers import Tcpstored, trunk_address

SECONDS = 30


def test_a_relay_and_a_store_share_a_secret(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPSTORED", str(scripts / "tcpstored"))
    secret = tmp_path / "secret"
    subprocess.run([scripts / "tcpstored", "keygen", secret], check=True, timeout=SECONDS)
    for name in "store", "relay":
        (tmp_path / name).mkdir()
    store = Tcpstored(tmp_path / "store", "--trunk", "127.0.0.1:0", "--secret-file", secret)
    relay = Tcpstored(tmp_path / "relay", "--upstream", "%s:%d" % trunk_address(store), "--secret-file", secret)
    client = Client(relay.address, timeout=SECONDS)
    assert client.add("count", 1) == 1
    store.log.wait_for("event=relay-connected", " name=tcpstore ")
    client.close()
    relay.stop()
    store.stop()


def test_without_openssl_only_tls_is_refused(scripts, tmp_path):
    secret = tmp_path / "secret"
    (tmp_path / "libssl.so.3").touch()  # which the loader finds first
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path)}
    subprocess.run([scripts / "tcpstored", "keygen", secret], check=True, timeout=SECONDS, env=environment)
    done = subprocess.run([scripts / "tcpstored", "--port", "0", "--trunk", "127.0.0.1:0", "--secret-file", secret],
                          env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1 and "TLS needs OpenSSL 3, which cannot be loaded" in done.stderr
    assert "libssl" in done.stderr
