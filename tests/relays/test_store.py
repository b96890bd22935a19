"""The store's end of a trunk: it serves the clients of relays, whose links break and return."""

import subprocess

import pytest

from support import trunk as wires
from support import wire
from support.client import Client
from support.http import CHANGE, Http
from support.servers import Tcpstored, tcpstored_program
from support.waiting import wait_until

PONG = b"pong"
NONCE = int.from_bytes(PONG, "little")
SECONDS = 20


def get(relay, session, key):
    relay.send(session, wire.get(key))
    length = int.from_bytes(relay.read(session, 8), "little")
    return relay.read(session, length)


def add(relay, session, key, delta=1):
    relay.send(session, wire.add(key, delta))
    return int.from_bytes(relay.read(session, 8), "little")


def clients(http, **store):
    return http.items("clients", **store)


def test_a_client_of_a_relay_is_served_as_others_are(relay, direct):
    relay.enter(0)
    relay.send(0, wire.set_value("key", b"value"))
    assert get(relay, 0, "key") == b"value"
    assert direct.get("key") == b"value"
    direct.set("other", b"x" * 100_000)
    assert get(relay, 0, "other") == b"x" * 100_000


def test_requests_that_are_cut_at_any_byte_are_executed(relay):
    relay.enter(0)
    requests = wire.set_value("key", b"value") + wire.get("key")
    for cut in range(len(requests) + 1):
        relay.send(0, requests[:cut])
        relay.send(0, requests[cut:])
        assert relay.read(0, 13) == wire.u64(5) + b"value"


def test_what_one_frame_has_of_many_clients_is_executed_in_order(relay):
    for session in range(50):
        relay.enter(session)
    relay.add(*[wires.item(session, wires.BYTES, wire.add("count", 1)) for session in range(50)])
    assert [int.from_bytes(relay.read(session, 8), "little") for session in range(50)] == list(range(1, 51))


def test_waits_are_released_through_relays(make_relay, direct):
    waiting, setting = make_relay().connect(), make_relay(name="node2").connect()
    for session in range(3):
        waiting.enter(session)
        waiting.send(session, wire.wait(["key"]))
    setting.enter(0)
    waiting.wait_until_acknowledged()
    setting.send(0, wire.set_value("key", b""))
    assert [waiting.read(session, 1) for session in range(3)] == [bytes([wire.STOP_WAITING])] * 3


def test_a_value_of_megabytes_comes_and_goes(relay):
    relay.enter(0)
    value = bytes(range(256)) * 4096 * 4
    request = wire.set_value("key", value)
    sent = 0
    for at in range(0, len(request), 32 << 10):
        while sent - relay.taken.get(0, 0) > (256 << 10) - (32 << 10):
            relay.receive()
        relay.send(0, request[at:at + (32 << 10)])
        sent += len(request[at:at + (32 << 10)])
    relay.send(0, wire.get("key"))
    assert int.from_bytes(relay.read(0, 8), "little") == len(value)
    found = b""
    while len(found) < len(value):
        found += relay.read(0, min(64 << 10, len(value) - len(found)))
        if len(found) < len(value):
            relay.tell_taken(0, 64 << 10)
    assert found == value


# Clients that come and go

def test_a_client_that_leaves_takes_its_place_in_a_barrier_along(relay, http):
    relay.enter(0)
    relay.send(0, wire.barrier("b", 2))
    wait_until(lambda: http.items("barriers"), SECONDS)
    relay.leave(0)
    relay.wait_until_left(0)
    assert clients(http) == [] and http.items("barriers") == []


def test_a_number_can_be_used_again_when_both_ends_have_left(relay, http):
    for _ in range(3):
        relay.enter(7)
        relay.leave(7)
        relay.wait_until_left(7)
    assert clients(http) == []


def test_a_refused_request_costs_its_client_alone(relay, server):
    relay.enter(0)
    relay.enter(1)
    relay.send(0, wire.add("count", 1), wire.opcode(255))
    assert relay.read(0, 8) == wire.i64(1)
    relay.wait_until_left(0)
    relay.send(0, wire.ping(NONCE))  # on its way before it knew
    relay.leave(0)
    relay.tell_taken(0, 8)  # likewise
    assert add(relay, 1, "count") == 2
    server.log.wait_for("event=client-closed", "unknown")


@pytest.mark.parametrize("server", [["--max-clients", "1"]], indirect=True)
def test_a_client_beyond_the_limit_is_refused(relay):
    relay.enter(0)
    relay.open(1)
    relay.wait_until_left(1)
    assert add(relay, 0, "count") == 1


def test_clients_of_another_store_are_served_there(relay, http):
    address = http.open_store("job-1")
    relay.enter(0, store="job-1")
    relay.send(0, wire.set_value("key", b"value"))
    assert get(relay, 0, "key") == b"value"
    client = Client(address, timeout=SECONDS)
    assert client.get("key") == b"value"
    client.close()
    assert [len(clients(http, store=name)) for name in ("", "job-1")] == [0, 1]


def test_a_client_of_an_unknown_store_is_refused(relay):
    relay.open(0, store="job-1")
    relay.wait_until_left(0)
    relay.leave(0)
    relay.enter(0)


def test_a_store_that_is_closed_disconnects_them(relay, http):
    http.open_store("job-1")
    relay.enter(0, store="job-1")
    relay.enter(1)
    assert http.request("/v1/stores/job-1", "DELETE", **CHANGE)[0] == 200
    relay.wait_until_left(0)
    assert add(relay, 1, "count") == 1


def test_while_the_server_drains_none_can_come(relay, server):
    relay.enter(0)
    Http(server.address).request("/v1/drain", "PUT", **CHANGE)
    relay.open(1)
    relay.send(1, wire.validate(), wire.ping(NONCE))
    relay.wait_until_left(1)
    assert add(relay, 0, "count") == 1
    relay.leave(0)
    relay.wait_until_left(0)
    assert server.process.wait(SECONDS) == 0


# Those that do not read

def test_one_that_does_not_read_stops_itself_alone(relay, direct):
    direct.set("large", b"x" * 1_000_000)
    relay.enter(0)
    relay.enter(1)
    relay.send(0, *[wire.get("large")] * 20, wire.add("count", 1))
    assert add(relay, 1, "other") == 1
    got = 0
    while got < 20 * 1_000_008 + 8:
        while not relay.replies[0]:
            relay.receive()
        got += len(relay.replies[0])
        relay.tell_taken(0, len(relay.replies[0]))
        relay.replies[0] = b""
    assert direct.get("count") == b"1"


def test_one_whose_replies_are_dropped_is_gone(relay, direct, http):
    direct.set("large", b"x" * 1_000_000)
    relay.enter(0)
    relay.send(0, *[wire.get("large")] * 20)
    relay.leave(0)
    while 0 not in relay.left:  # the relay drops what comes
        relay.receive()
        if relay.replies[0]:
            relay.tell_taken(0, len(relay.replies[0]))
            relay.replies[0] = b""
    wait_until(lambda: len(clients(http)) == 1, SECONDS)


def test_one_that_has_sent_all_still_gets_its_replies(relay, direct):
    direct.set("large", b"x" * 1_000_000)
    direct.ping()
    relay.enter(0)
    relay.add(wires.item(0, wires.BYTES, wire.get("large") * 5), wires.item(0, wires.LEAVE))
    got = 0
    while 0 not in relay.left:
        relay.receive()
        got += len(relay.replies[0])
        if relay.replies[0]:
            relay.tell_taken(0, len(relay.replies[0]))
        relay.replies[0] = b""
    assert got == 5 * 1_000_008


LARGE = 500_000


@pytest.fixture
def full(relay, direct):
    """A relay that has acknowledged nothing of what fills the trunk: its 20 clients pause before their second
    reply, though each has little on its way."""
    direct.set("large", b"x" * LARGE)
    direct.ping()
    for session in range(20):
        relay.enter(session)
    for _ in range(2):
        relay.add(*[wires.item(session, wires.BYTES, wire.get("large")) for session in range(20)])
    while sum(map(len, relay.replies.values())) < 20 * (8 + LARGE):
        relay.receive()
    return relay


def read_the_second_replies(relay, acknowledges):
    while sum(map(len, relay.replies.values())) < 2 * 20 * (8 + LARGE):
        relay.receive()
        if acknowledges:
            relay.acknowledge()


def test_clients_pause_while_the_relay_acknowledges_nothing_and_go_on_then(full):
    full.link.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        while True:
            full.receive()
    assert sum(map(len, full.replies.values())) < 2 * 20 * (8 + LARGE)
    full.link.socket.settimeout(SECONDS)
    full.acknowledge()
    read_the_second_replies(full, acknowledges=True)


def test_clients_that_have_paused_go_on_with_another_link(full):
    full.break_link()
    full.connect()
    read_the_second_replies(full, acknowledges=True)


def test_each_client_of_a_full_trunk_gets_its_turn(relay, direct):
    direct.set("large", b"x" * 900_000)
    direct.ping()
    for session in range(12):
        relay.enter(session)
        relay.send(session, wire.get("large") * 100)
    replies = dict.fromkeys(range(12), 0)
    while sum(replies.values()) < 12 * 4 * 900_008:
        relay.receive()
        for session in range(12):
            if relay.replies[session]:
                replies[session] += len(relay.replies[session])
                relay.tell_taken(session, len(relay.replies[session]))
                relay.replies[session] = b""
    assert min(replies.values()) > 900_008


# Links that break

def test_what_was_not_received_is_executed_once_when_the_link_returns(relay, direct):
    relay.enter(0)
    for count in range(1, 20):
        relay.send(0, wire.add("count", 1))
        relay.break_link()
        relay.send(0, wire.add("count", 1))  # without a link
        relay.connect()
        assert [int.from_bytes(relay.read(0, 8), "little") for _ in range(2)] == [2 * count - 1, 2 * count]
    assert direct.get("count") == b"38"


def test_replies_that_were_not_received_come_when_the_link_returns(relay, server):
    relay.enter(0)
    relay.send(0, wire.wait(["key"]))
    relay.wait_until_acknowledged()
    relay.break_link()
    server.log.wait_for("event=relay-lost", 'relay="node1"')
    client = Client(server.address, timeout=SECONDS)
    client.set("key", b"")
    client.ping()
    relay.connect()
    assert relay.read(0, 1) == bytes([wire.STOP_WAITING])
    server.log.wait_for("event=relay-returned", 'relay="node1"')
    client.close()


def test_a_second_link_takes_the_place_of_the_first(relay):
    relay.enter(0)
    old = relay.link
    relay.connect()
    with pytest.raises(wires.Closed):
        old.receive()
    assert add(relay, 0, "count") == 1
    old.close()


@pytest.mark.parametrize("server", [["--relay-timeout", "0.2"]], indirect=True)
def test_the_clients_of_a_relay_that_stays_away_leave(relay, server, http):
    relay.enter(0)
    relay.send(0, wire.barrier("b", 2))
    relay.wait_until_acknowledged()
    relay.break_link()
    server.log.wait_for("event=relay-gone", "--relay-timeout")
    wait_until(lambda: clients(http) == [] and http.items("barriers") == [], SECONDS)
    with pytest.raises(wires.Refused) as refused:
        relay.connect()
    assert refused.value.code == wires.REFUSED_GONE


@pytest.mark.parametrize("server", [["--relay-timeout", "0.2"]], indirect=True)
def test_one_that_has_sent_all_and_does_not_read_leaves_with_its_relay(relay, direct, http):
    direct.set("large", b"x" * 1_000_000)
    direct.ping()
    relay.enter(0)
    relay.send(0, *[wire.get("large")] * 20)
    relay.leave(0)
    relay.receive()
    relay.break_link()
    wait_until(lambda: len(clients(http)) == 1, SECONDS)


def test_a_relay_that_the_server_does_not_know_is_refused(make_relay):
    with pytest.raises(wires.Refused) as refused:
        make_relay().connect(is_known=True)
    assert refused.value.code == wires.REFUSED_GONE


# Those that speak otherwise

def test_another_version_is_refused_and_told(make_relay, server):
    with pytest.raises(wires.Refused) as refused:
        make_relay(version=2).connect()
    assert refused.value.code == wires.REFUSED_VERSION and "version" in str(refused.value)
    server.log.wait_for("event=relay-refused", "another version")


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", wire.validate() + wire.ping(NONCE),
                                  wires.frame(wires.ACK, bytes(8)), wires.frame(wires.HELLO, b"short")])
def test_what_is_no_relay_is_refused(trunk, server, sent, credentials):
    link = wires.Link(trunk, credentials.context)
    link.socket.sendall(sent)
    with pytest.raises(wires.Closed):
        link.receive()
    link.close()
    server.log.wait_for("event=relay-refused", "client=127.0.0.1:")


@pytest.mark.parametrize("wrong", [
    wires.item(5, wires.BYTES, b"x"),  # it is not open
    wires.item(0, wires.OPEN, wires.opening()),  # it is
    wires.item(1, wires.OPEN, b""),
    wires.item(0, wires.TAKEN, b"\x01\0\0"),
    wires.item(0, wires.TAKEN, b"\x05\0\0\0"),  # more than was sent
    wires.item(5, wires.ABOUT, wires.opening()),  # it is not open
    wires.item(0, wires.ABOUT, wires.opening()[:-1]),
    wires.item(0, wires.ABOUT, wires.opening() + b"x"),
    wires.item(0, wires.ABOUT, wires.opening(rank=-2)),
    wires.item(0, wires.ABOUT, wires.opening(process=1 << 31)),
    wires.item(1, wires.OPEN, wires.opening(rank=-2)),
    wires.item(0, 9)])
def test_a_relay_that_breaks_the_rules_is_gone_with_its_clients_alone(make_relay, server, http, wrong):
    relay, other = make_relay().connect(), make_relay(name="node2").connect()
    relay.enter(0)
    other.enter(0)
    relay.add(wrong)
    with pytest.raises(wires.Closed):
        while True:
            relay.receive()
    server.log.wait_for("event=relay-gone", "breaks the rules", 'relay="node1"')
    wait_until(lambda: len(clients(http)) == 1, SECONDS)
    assert add(other, 0, "count") == 1


def test_items_that_are_missing_break_the_rules(relay, server):
    relay.added += 1
    relay.open(0)
    server.log.wait_for("event=relay-gone", "breaks the rules")


def test_the_server_stops_while_relays_have_clients(make_relay, server):
    relays = [make_relay(name=f"node{number}").connect() for number in range(3)]
    for relay in relays:
        relay.enter(0)
        relay.send(0, wire.wait(["never"]))
        relay.wait_until_acknowledged()
    relays[0].break_link()
    server.stop()
    assert server.process.returncode == 0


# Where it listens

@pytest.mark.parametrize("endpoint, words", [
    ("0.0.0.0:0", "not be encrypted"), ("[::]:0", "not be encrypted"), ("127.0.0.1", "expected ADDRESS:PORT"),
    ("head:29600", "--trunk head:29600: head is not a numeric address: expected one with a port, as in 10.0.0.1:29600, "
                   "or 0.0.0.0:29600 for every interface; names are not looked up\n"),
    ("[::x]:1", "--trunk [::x]:1: ::x is not a numeric address"), ("224.0.0.1:1", "multicast")])
def test_a_wrong_endpoint_is_refused(endpoint, words):
    done = subprocess.run([tcpstored_program(), "--trunk", endpoint], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 2 and "--trunk " in done.stderr and endpoint.rsplit(":", 1)[0].strip("[]") in done.stderr
    assert words in done.stderr


def test_others_may_reach_it_if_that_is_allowed(tmp_path, credentials):
    server = Tcpstored(tmp_path, "--trunk", "0.0.0.0:0", *credentials.between_hosts, *credentials.flags)
    server.log.wait_for("event=serving", " trunk=0.0.0.0:")
    server.stop()


@pytest.mark.parametrize("server", [["--allow", "10.0.0.0/8", "--allow", "127.0.0.2"]], indirect=True)
def test_relays_of_networks_that_are_not_allowed_are_refused(server, trunk):
    link = wires.Link(trunk)
    with pytest.raises(wires.Closed):
        link.receive()
    link.close()
