"""The clients of a relay notice nothing of links that break and return, however many relays are behind one another."""

import random
import socket
import threading

import pytest

from support import wire
from support.proxy import Proxy
from support.servers import trunk_address
from support.waiting import wait_until

SECONDS = 30
LARGE = b"x" * 1_000_000


class Way:
    """Relays, each the upstream of the next, with a link that can break above each."""

    def __init__(self, store, start_relay, count):
        self.links, self.relays = [], []
        for number in range(count):
            self.links.append(Proxy(store if number == 0 else trunk_address(self.relays[-1])))
            behind = ("--trunk", "127.0.0.1:0") if number + 1 < count else ()
            self.relays.append(start_relay("--upstream", "%s:%d" % self.links[-1].address, *behind))
            self.relays[-1].log.wait_for("event=upstream-connected")

    def stop(self):
        for link in self.links:
            link.stop()


@pytest.fixture(params=[1, 2], ids=["one relay", "two relays"])
def way(request, trunk, start_relay):
    way = Way(trunk, start_relay, request.param)
    yield way
    way.stop()


@pytest.fixture
def join(way, connect):
    """Clients of the last relay."""
    return lambda: connect(way.relays[-1].address)


# Links that break

def test_every_add_counts_once_while_links_break(way, connect, direct):
    numbers = [[] for _ in range(4)]
    over = threading.Event()

    def run(client, found):
        while not over.is_set():
            found.append(client.add("count", 1))

    threads = [threading.Thread(target=run, args=(connect(way.relays[-1 if number else 0].address), found))
               for number, found in enumerate(numbers)]
    for thread in threads:
        thread.start()
    choose = random.Random(1)
    for _ in range(60):
        before = sum(map(len, numbers))
        for link in choose.sample(way.links, choose.randint(1, len(way.links))):
            link.cut()
        wait_until(lambda before=before: sum(map(len, numbers)) > before + choose.randrange(20), SECONDS)
    over.set()
    for thread in threads:
        thread.join()
    assert all(found == sorted(found) for found in numbers)
    assert sorted(sum(numbers, [])) == list(range(1, int(direct.get("count")) + 1))


def test_large_values_come_and_go_whole_while_links_break(way, join):
    client = join()
    over = threading.Event()
    cutters = [threading.Thread(target=link.cut_often, args=(size, over))
               for link, size in zip(way.links, (100_000, 150_000))]
    for cutter in cutters:
        cutter.start()
    for number in range(20):
        value = random.Random(number).randbytes(400_000)
        client.set("large", value)
        assert client.get("large") == value
    over.set()
    for cutter in cutters:
        cutter.join()


def test_waits_and_barriers_are_held_while_a_link_is_down(way, join, direct, http):
    for number, link in enumerate(way.links):
        waiting, first, second = join(), join(), join()
        waiting.wait(f"key-{number}")
        first.send(wire.barrier(f"b-{number}", 2))
        wait_until(lambda: http.items("waits") and http.items("barriers"), SECONDS)
        link.close()
        direct.set(f"key-{number}", b"")
        second.send(wire.barrier(f"b-{number}", 2))
        link.open()
        waiting.assert_released()
        assert [client.read_u8() for client in (first, second)] == [wire.STOP_WAITING] * 2


# Values and errors

def test_a_value_of_megabytes_comes_and_goes(join):
    client = join()
    value = random.Random(1).randbytes(5_000_000)
    client.set("large", value)
    assert client.get("large") == value


def test_a_client_that_sends_no_more_still_gets_its_replies(join, direct):
    direct.set("large", LARGE)
    direct.ping()
    client = join()
    client.send(wire.get("large") * 5)
    client.socket.shutdown(socket.SHUT_WR)
    assert [client.read_blob() for _ in range(5)] == [LARGE] * 5
    client.assert_closed()


def test_one_that_does_not_read_harms_no_other(join, direct):
    direct.set("large", LARGE)
    direct.ping()
    idle, busy = join(), join()
    idle.send(wire.get("large") * 40, wire.add("reached", 1))
    for count in range(1, 200):
        assert busy.add("count", 1) == count
    assert direct.check("reached") == wire.NOT_READY
    assert [idle.read_blob() for _ in range(40)] == [LARGE] * 40
    assert idle.read_i64() == 1


def test_one_that_is_not_read_is_stopped(join, direct):
    """It does not read its replies, so the store does not read its requests."""
    direct.set("large", LARGE)
    direct.ping()
    client, other = join(), join()
    client.send(wire.get("large") * 100)
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            client.socket.sendall(wire.set_value("key", b"x" * 100_000))
            other.ping()
    assert other.add("count", 1) == 1


def test_a_refused_request_disconnects_its_client(join):
    wrong, other = join(), join()
    wrong.send(wire.add("count", 1), wire.opcode(255))
    assert wrong.read_i64() == 1
    wrong.assert_closed()
    assert other.add("count", 1) == 2
