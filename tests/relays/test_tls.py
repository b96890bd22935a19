"""Trunks with TLS: who may connect, what each end says of one that may not, and new credentials."""

import http.client
import socket
import ssl
import subprocess

import pytest

from support import wire
from support.client import Client, ConnectionLost
from support.credentials import Authority, make_secret
from support.proxy import Proxy
from support.servers import Tcpstored, tcpstored_program, trunk_address
from support.trunk import Link, Refused, Relay
from support.waiting import wait_until

SECONDS = 30
TRUNK = "tcpstore-trunk"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificates(authority):
    """By name."""
    return {"store": authority.issue("store"), "node-1": authority.issue("node-1", dns=["node-1.cluster"]),
            "login": authority.issue("login"), "old": authority.issue("old", days=0),
            "elsewhere": authority.issue("elsewhere", hosts=["127.0.0.9"])}


@pytest.fixture
def start(tmp_path_factory):
    servers = []

    def start(*flags):
        servers.append(Tcpstored(tmp_path_factory.mktemp("own"), *flags))
        return servers[-1]

    yield start
    for server in reversed(servers):
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def start_store(start):
    return lambda *flags: start("--trunk", "127.0.0.1:0", *flags)


@pytest.fixture
def start_relay(start):
    return lambda store, *flags: start("--upstream", "%s:%d" % trunk_address(store), *flags)


@pytest.fixture
def secret(tmp_path):
    return make_secret(tmp_path / "secret")


# Both ends know each other

@pytest.mark.parametrize("kind", ["secret", "certificates"])
def test_what_is_sent_cannot_be_read_on_the_way(start_store, start, secret, authority, certificates, kind):
    flags = {"secret": ("--secret-file", secret), "certificates": authority.flags(certificates["store"])}[kind]
    store = start_store(*flags)
    seen = []
    proxy = Proxy(trunk_address(store), see=seen.append)
    relay = start("--upstream", "%s:%d" % proxy.address, *flags)
    client = Client(relay.address, timeout=SECONDS)
    client.set("a-key-of-note", b"a-value-of-note")
    assert client.get("a-key-of-note") == b"a-value-of-note"
    assert len(b"".join(seen)) > 500 and b"of-note" not in b"".join(seen)
    client.close()
    proxy.stop()


def test_bytes_that_are_changed_on_the_way_break_the_link_and_nothing_is_lost(start_store, start, secret):
    store = start_store("--secret-file", secret)
    proxy = Proxy(trunk_address(store))
    relay = start("--upstream", "%s:%d" % proxy.address, "--secret-file", secret)
    client = Client(relay.address, timeout=SECONDS)
    for count in range(1, 10):
        client.ping()
        proxy.change_next_byte()
        assert client.add("count", 1) == count
    assert store.log.lines_with("event=relay-lost")
    client.close()
    proxy.stop()


def test_the_log_names_a_relay_by_what_it_has_proved(start_store, start_relay, authority, certificates, secret):
    store = start_store(*authority.flags(certificates["store"]))
    start_relay(store, *authority.flags(certificates["node-1"]))
    store.log.wait_for("event=relay-connected", " name=node-1.cluster ")
    start_relay(store, *authority.flags(certificates["login"]))
    store.log.wait_for("event=relay-connected", " name=login ")


def test_a_secret_is_replaced_in_two_steps(start_store, start_relay, tmp_path):
    old, new = (make_secret(tmp_path / name, name).read_text() for name in ("old", "new"))
    both, both_new_first = tmp_path / "1", tmp_path / "2"
    for path, text in (both, f"# of this cluster\n\n{old}{new}"), (both_new_first, new + old):
        path.touch(0o600)
        path.write_text(text)
    store = start_store("--secret-file", both)
    start_relay(store, "--secret-file", both)
    store.log.wait_for("event=relay-connected", " name=old ")
    start_relay(store, "--secret-file", both_new_first)
    store.log.wait_for("event=relay-connected", " name=new ")


# An end that may not connect

def assert_both_say(store, store_says, relay, relay_says):
    store.log.wait_for("event=relay-refused", store_says, seconds=SECONDS)
    relay.log.wait_for("event=upstream-waiting", relay_says, seconds=SECONDS)
    assert not relay.log.lines_with("event=upstream-connected")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


def test_a_certificate_of_another_authority_is_refused(start_store, start_relay, authority, certificates, stranger):
    store = start_store(*authority.flags(certificates["store"]))
    own = stranger.issue("spy")
    relay = start_relay(store, "--tls-cert", own.certificate, "--tls-key", own.key,
                        "--tls-ca", authority.flags(own)[-1])
    assert_both_say(store, "its certificate is refused (unable to get local issuer certificate)",
                    relay, "it refuses the certificate of this end")


def test_a_store_of_another_authority_is_refused(start_store, start_relay, authority, certificates, stranger):
    store = start_store(*authority.flags(certificates["store"]))
    relay = start_relay(store, *stranger.flags(stranger.issue("node")))
    assert_both_say(store, "it refuses the certificate of this end", relay,
                    "its certificate is refused (unable to get local issuer certificate)")


def test_a_certificate_that_has_expired_is_refused(start_store, start_relay, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    relay = start_relay(store, *authority.flags(certificates["old"]))
    assert_both_say(store, "its certificate is refused (certificate has expired)", relay,
                    "it refuses the certificate of this end")


def test_a_store_whose_certificate_is_for_another_host_is_refused(start_store, start_relay, authority, certificates):
    store = start_store(*authority.flags(certificates["elsewhere"]))
    relay = start_relay(store, *authority.flags(certificates["node-1"]))
    assert_both_say(store, "it refuses the certificate of this end", relay,
                    "its certificate is refused (IP address mismatch)")


def test_a_secret_of_another_name_is_refused(start_store, start_relay, secret, tmp_path):
    store = start_store("--secret-file", secret)
    relay = start_relay(store, "--secret-file", make_secret(tmp_path / "other", "other"))
    assert_both_say(store, "a secret of a name that --secret-file does not have (other)", relay,
                    "no credentials in common; its log says why")


def test_another_secret_of_the_same_name_is_refused(start_store, start_relay, secret, tmp_path):
    store = start_store("--secret-file", secret)
    relay = start_relay(store, "--secret-file", make_secret(tmp_path / "other"))
    assert_both_say(store, "its secret is not the one of that name here", relay, "it refuses")


def test_a_secret_and_a_certificate_do_not_match(start_store, start_relay, secret, authority, certificates):
    by_secret = start_store("--secret-file", secret)
    relay = start_relay(by_secret, *authority.flags(certificates["node-1"]))
    assert_both_say(by_secret, "no credentials in common: certificates at one end", relay,
                    "no credentials in common; its log says why")
    by_certificate = start_store(*authority.flags(certificates["store"]))
    relay = start_relay(by_certificate, "--secret-file", secret)
    assert_both_say(by_certificate, "it refuses the certificate of this end", relay,
                    "it shows a certificate, and this end has a secret")


def test_a_relay_without_tls_is_refused(start_store, start_relay, secret):
    store = start_store("--secret-file", secret)
    assert_both_say(store, "it does not speak TLS", start_relay(store), "it may want TLS")


def test_a_store_without_tls_is_refused(start_store, start_relay, secret):
    store = start_store()
    relay = start_relay(store, "--secret-file", secret)
    relay.log.wait_for("event=upstream-waiting", "closed the connection during the TLS handshake", seconds=SECONDS)
    store.log.wait_for("event=relay-refused", seconds=SECONDS)


def test_an_older_version_of_tls_is_refused(start_store, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    context = authority.context(certificates["node-1"], TRUNK)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        Link(trunk_address(store), context)
    store.log.wait_for("event=relay-refused", "it does not speak TLS 1.3")


def test_a_client_without_a_certificate_is_refused(start_store, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    context = ssl.create_default_context(cafile=authority.flags(certificates["store"])[-1])
    link = Link(trunk_address(store), context)  # which learns it later
    with pytest.raises(ssl.SSLError):
        link.receive()
    link.close()
    store.log.wait_for("event=relay-refused", "it shows no certificate")


def test_what_speaks_another_protocol_is_refused(start_store, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    with pytest.raises(ssl.SSLError):
        Link(trunk_address(store), authority.context(certificates["login"], "smtp"))
    store.log.wait_for("event=relay-refused", "its TLS is wrong (no application protocol)")


def test_one_that_never_finishes_its_handshake_harms_nobody(start_store, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    silent = [socket.create_connection(trunk_address(store)) for _ in range(50)]
    for each in silent[25:]:
        each.sendall(b"\x16\x03\x01\x02\x00\x01")
    relay = Relay(trunk_address(store), tls=authority.context(certificates["node-1"], TRUNK)).connect()
    relay.break_link()
    for each in silent:
        each.close()
    store.log.wait_for("event=relay-refused", "closed the connection during the TLS handshake")


# What names may do

def test_only_names_that_are_allowed_connect(start_store, start_relay, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]), "--trunk-allow", "head", "--trunk-allow", "node-*")
    start_relay(store, *authority.flags(certificates["node-1"]))
    store.log.wait_for("event=relay-connected", " name=node-1.cluster ")
    relay = start_relay(store, *authority.flags(certificates["login"]))
    assert_both_say(store, "its name is not among those of --trunk-allow", relay, "its name may not connect")
    store.log.wait_for("event=relay-refused", " name=login ")


def test_a_relay_that_returns_proves_the_same_name(start_store, authority, certificates):
    store = start_store(*authority.flags(certificates["store"]))
    relay = Relay(trunk_address(store), tls=authority.context(certificates["node-1"], TRUNK)).connect()
    relay.open(0)
    relay.wait_until_acknowledged()
    thief = Relay(trunk_address(store), tls=authority.context(certificates["login"], TRUNK))
    thief.id = relay.id
    with pytest.raises(Refused, match="another name"):
        thief.connect(is_known=True)
    relay.send(0, wire.validate(), wire.add("count", 1))
    assert relay.read(0, 8) == (1).to_bytes(8, "little")
    relay.break_link()
    thief.link.close()


# Clients that need no relay

@pytest.fixture
def join(authority, certificates):
    """Clients of a trunk's port, by name."""
    clients = []

    def join(store, name, *protocols):
        context = authority.context(certificates[name], *protocols)
        clients.append(Client(trunk_address(store), timeout=SECONDS, tls=context))
        return clients[-1]

    yield join
    for client in clients:
        client.close()


@pytest.mark.parametrize("protocols", [(), ("tcpstore",), ("h2", "http/1.1")])
def test_clients_with_tls_are_served(start_store, authority, certificates, join, protocols):
    store = start_store(*authority.flags(certificates["store"]))
    client, other = join(store, "login", *protocols), join(store, "node-1", *protocols)
    value = bytes(range(256)) * 4000
    client.set("large", value)
    client.ping()
    assert other.get("large") == value
    assert [client.add("count", 1), other.add("count", 1)] == [1, 2]
    other.wait("key")
    client.set("key", b"")
    other.assert_released()


def test_a_client_with_tls_that_does_not_read_stops_itself_alone(start_store, authority, certificates, join):
    store = start_store(*authority.flags(certificates["store"]))
    client, other = join(store, "login"), join(store, "node-1")
    value = bytes(1_000_000)
    client.set("large", value)
    for _ in range(40):
        client.send(wire.get("large"))
    assert other.add("count", 1) == 1
    assert all(client.read_blob() == value for _ in range(40))


@pytest.fixture
def https(authority, certificates):
    """Asks a trunk's port for a path."""
    def ask(store, path):
        host, port = trunk_address(store)
        connection = http.client.HTTPSConnection(host, port, timeout=SECONDS,
                                                 context=authority.context(certificates["login"]))
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.request("GET", "/healthz")  # on the same connection
        assert connection.getresponse().read() == b"ok\n"
        connection.close()
        return body

    return ask


def test_http_with_tls_is_answered(start_store, authority, certificates, https, join):
    store = start_store(*authority.flags(certificates["store"]))
    client = join(store, "login")
    client.send(*(wire.set_value(f"key-{number:05}", b"") for number in range(5000)))
    client.ping()
    assert https(store, "/why").startswith(b"1 client")
    assert len(https(store, "/v1/keys?limit=1000")) > 30_000


def test_a_client_that_sends_garbage_is_closed_and_the_log_says_why(start_store, authority, certificates, join):
    store = start_store(*authority.flags(certificates["store"]))
    client = join(store, "login")
    client.ping()
    raw = socket.socket(fileno=client.socket.detach())
    raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
    store.log.wait_for("event=client-closed", "its TLS is wrong")
    raw.close()


def test_a_client_whose_name_is_not_allowed_is_refused(start_store, authority, certificates, join):
    store = start_store(*authority.flags(certificates["store"]), "--trunk-allow", "node-*")
    with pytest.raises((ConnectionLost, ConnectionError, ssl.SSLError)):
        join(store, "login").ping()
    store.log.wait_for("event=relay-refused", "its name is not among those of --trunk-allow (login)")
    join(store, "node-1").ping()


# New credentials

def test_hangup_reads_the_files_again(start_store, start_relay, authority, certificates, tmp_path):
    copies = {"certificate": tmp_path / "crt", "key": tmp_path / "key"}

    def install(name):
        copies["key"].write_bytes(certificates[name].key.read_bytes())
        copies["key"].chmod(0o600)
        copies["certificate"].write_bytes(certificates[name].certificate.read_bytes())

    install("old")
    store = start_store("--tls-cert", copies["certificate"], "--tls-key", copies["key"],
                        "--tls-ca", authority.flags(certificates["old"])[-1])
    relay = start_relay(store, *authority.flags(certificates["node-1"]))
    relay.log.wait_for("event=upstream-waiting", "certificate has expired")
    install("store")
    store.process.send_signal(1)
    store.log.wait_for("event=tls-reloaded")
    relay.log.wait_for("event=upstream-connected", seconds=SECONDS)


def test_the_secret_is_replaced_while_a_relay_has_clients(start_store, start, secret):
    """A link that breaks returns with the new secret; its name is not the relay's."""
    new = make_secret(secret.with_name("new"), "new").read_text()
    old = secret.read_text()
    store = start_store("--secret-file", secret)
    proxy = Proxy(trunk_address(store))
    relay = start("--upstream", "%s:%d" % proxy.address, "--secret-file", secret)
    client = Client(relay.address, timeout=SECONDS)
    assert client.add("count", 1) == 1
    secret.write_text(new + old)
    for server in store, relay:
        server.process.send_signal(1)
        server.log.wait_for("event=tls-reloaded")
    proxy.cut()
    assert client.add("count", 1) == 2
    store.log.wait_for("event=relay-returned", " name=new ")
    client.close()
    proxy.stop()


def test_signals_after_a_stop_harm_nothing(start_store, secret):
    store = start_store("--secret-file", secret)
    for _ in range(20):
        store.process.send_signal(1)
    store.log.wait_for("event=tls-reloaded")
    store.process.terminate()
    while store.process.poll() is None:
        store.process.send_signal(1)
    assert store.process.returncode == 0, store.log.whole()


def test_wrong_files_change_nothing(start_store, start_relay, secret):
    store = start_store("--secret-file", secret)
    text = secret.read_text()
    secret.write_text("")
    store.process.send_signal(1)
    store.log.wait_for("event=tls-not-reloaded", f"secret-file {secret}: there is no secret in it", "still used")
    secret.write_text(text)
    relay = start_relay(store, "--secret-file", secret)
    relay.log.wait_for("event=upstream-connected")


# Flags and files that are wrong

def refusal(*flags, status=2):
    done = subprocess.run([tcpstored_program(), "--port", "0", *map(str, flags)], capture_output=True, text=True,
                          timeout=SECONDS)
    assert done.returncode == status
    return done.stderr


ON_TRUNK = ("--trunk", "127.0.0.1:0")


def test_a_secret_that_others_can_read_is_refused(secret):
    secret.chmod(0o604)
    assert f"secret-file {secret}: every user of this host may use it; take that away with chmod o= {secret}" in \
        refusal(*ON_TRUNK, "--secret-file", secret, status=1)
    secret.chmod(0o640)
    assert "is for trunks only" in refusal("--secret-file", secret)


@pytest.mark.parametrize("text, words", [
    ("", "there is no secret in it"), ("# nothing\n", "there is no secret in it"),
    ("name 12\n", "line 1 is not a name, a space and 64 hexadecimal digits"),
    ("# one\nna/me " + "0" * 64, "line 2 is not a name"), ("x" * 65 + " " + "0" * 64, "line 1 is not a name"),
    ("name " + "g" * 64, "line 1 is not a name"), ("name" + "0" * 64, "line 1 is not a name"),
    (f"a {'0' * 64}\nb {'1' * 64}\na {'2' * 64}\n", "line 3 has a name that was used before"),
    ("".join(f"n{number} {'0' * 64}\n" for number in range(65)), "line 65 is one secret too many")])
def test_a_file_without_secrets_is_refused_and_not_shown(secret, text, words):
    secret.write_text(text)
    said = refusal(*ON_TRUNK, "--secret-file", secret, status=1)
    assert f"secret-file {secret}: {words}" in said and "keygen" in said and "0" * 10 not in said


def test_files_that_are_wrong_are_named(authority, certificates, tmp_path):
    certificate, key, ca = authority.flags(certificates["store"])[1::2]
    other = certificates["login"]
    nothing = tmp_path / "nothing"
    nothing.touch(0o600)
    encrypted = tmp_path / "encrypted"
    subprocess.run(["openssl", "ec", "-in", key, "-aes128", "-passout", "pass:word", "-out", encrypted], check=True,
                   capture_output=True)

    def said(certificate=certificate, key=key, ca=ca):
        return refusal(*ON_TRUNK, "--tls-cert", certificate, "--tls-key", key, "--tls-ca", ca, status=1)

    assert f"tls-cert {nothing}: its first certificate is none in PEM" in said(certificate=nothing)
    assert f"tls-key {nothing}: it is no private key" in said(key=nothing)
    assert f"tls-key {encrypted}: it needs a passphrase" in said(key=encrypted)
    rsa = tmp_path / "rsa"
    subprocess.run(["openssl", "genrsa", "-out", rsa, "2048"], check=True, capture_output=True)
    assert f"tls-key {rsa}: it is not the key of the certificate" in said(key=rsa)
    assert f"tls-key {other.key}: it is not the key of the certificate" in said(key=other.key)
    assert f"tls-ca {nothing}: there is no certificate" in said(ca=nothing)
    assert f"tls-ca {tmp_path}: it is not a file" in said(ca=tmp_path)
    assert f"tls-ca {tmp_path}/none: No such file" in said(ca=tmp_path / "none")


@pytest.mark.parametrize("flags, words", [
    (("--tls-cert", "x", *ON_TRUNK), "tls-key is missing"), (("--tls-key", "x", *ON_TRUNK), "tls-cert is missing"),
    (("--tls-cert", "x", "--tls-key", "x", *ON_TRUNK), "tls-ca is missing")])
def test_certificates_need_all_of_their_files(flags, words):
    assert words in refusal(*flags, status=1)


@pytest.mark.parametrize("flags, words", [
    (("--secret-file", "x"), "--secret-file is for trunks only: give --trunk or --upstream, too"),
    (("--secret-file", "x", "--insecure-trunk", *ON_TRUNK), "--insecure-trunk: cannot be combined with --secret-file"),
    (("--trunk-allow", "x", *ON_TRUNK), "--trunk-allow x: without --secret-file or certificates"),
    (("--upstream", "head:1"), "--upstream head:1: what clients send would not be encrypted"),
    (("--upstream", "[fd00::1]:1"), "--upstream [fd00::1]:1: what clients send would not be encrypted")])
def test_flags_that_do_not_belong_together_are_refused(flags, words):
    assert words in refusal(*flags)


def test_what_goes_without_tls_is_said_first(start, tmp_path):
    with open(tmp_path / "stdout", "w") as out:
        process = subprocess.Popen([tcpstored_program(), "--port", "0", "--trunk", "0.0.0.0:0", "--insecure-trunk"],
                                   stdout=out, stderr=subprocess.DEVNULL)
    wait_until(lambda: "\n" in (tmp_path / "stdout").read_text(), SECONDS)
    process.terminate()
    process.wait(SECONDS)
    assert "trunks are NOT ENCRYPTED (--insecure-trunk)" in (tmp_path / "stdout").read_text().splitlines()[0]


# Secrets are made

def test_a_new_secret_is_private_and_never_replaces_one(tmp_path):
    path = tmp_path / "secret"
    make_secret(path, "cluster-1")
    name, digits = path.read_text().split()
    assert name == "cluster-1" and len(bytes.fromhex(digits)) == 32 and path.stat().st_mode & 0o777 == 0o600
    again = subprocess.run([tcpstored_program(), "keygen", path], capture_output=True, text=True, timeout=SECONDS)
    assert again.returncode == 1 and f"{path}: it exists" in again.stderr and digits in path.read_text()
    printed = subprocess.run([tcpstored_program(), "keygen"], capture_output=True, text=True, timeout=SECONDS)
    assert printed.returncode == 0 and printed.stdout.startswith("tcpstore ") and digits not in printed.stdout


@pytest.mark.parametrize("arguments", [["a", "b/c"], ["a", ""], ["--help"], ["a", "b", "c"]])
def test_keygen_refuses_what_it_does_not_know(tmp_path, arguments):
    done = subprocess.run([tcpstored_program(), "keygen", *arguments], capture_output=True, text=True, cwd=tmp_path,
                          timeout=SECONDS)
    assert done.returncode == 2 and done.stderr.startswith("tcpstored: ") and not list(tmp_path.iterdir())
