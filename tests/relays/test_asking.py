"""The clients of a relay that ask alike: the store is asked once for several of them."""

import signal
import threading
from contextlib import contextmanager

import pytest

from support import wire
from support.client import Client
from support.http import Http
from support.waiting import wait_until

SECONDS = 30
RANKS = 8


@pytest.fixture
def node(start_relay, trunk):
    relay = start_relay("--upstream", "%s:%d" % trunk)
    relay.log.wait_for("event=upstream-connected")
    return relay


@pytest.fixture
def join(node, connect):
    """Clients of the relay to which nothing is owed."""
    def join(address=node.address, count=RANKS):
        clients = [connect(address) for _ in range(count)]
        for client in clients:
            client.ping()
        return clients

    return join


@pytest.fixture
def ranks(join):
    return join()


@pytest.fixture
def held(server, node):
    """A block during which the store answers nothing; at its end the relay has read what was sent to it."""
    @contextmanager
    def held():
        server.process.send_signal(signal.SIGSTOP)
        try:
            yield
            for _ in range(2):
                Http(node.address).json("/v1/relay")
        finally:
            server.process.send_signal(signal.SIGCONT)
    return held


def executed(http, operation, store=None):
    labels = f'operation="{operation}"' + (f',store="{store}"' if store else "")
    return http.metrics()["tcpstore_requests_total{%s}" % labels]


def send(ranks, *requests):
    for rank in ranks:
        rank.send(*requests)


# How often the store is asked

QUESTIONS = {
    "GET": (wire.get("key"), Client.read_blob, b"value"),
    "CHECK": (wire.check(["key"]), Client.read_u8, wire.READY),
    "WAIT": (wire.wait(["key"]), Client.read_u8, wire.STOP_WAITING),
    "MULTI_GET": (wire.multi_get(["key"]), Client.read_blob, b"value"),
    "GETNUMKEYS": (wire.get_num_keys(), Client.read_i64, 1),
    "QUEUE_LEN": (wire.queue_len("key"), Client.read_i64, 0),
    "LIST_KEYS": (wire.list_keys(), lambda client: (client.read_i64(), client.read_blob()), (1, b"key")),
}


@pytest.mark.parametrize("operation", QUESTIONS)
def test_the_store_is_asked_twice_for_all_ranks_of_a_node(operation, ranks, held, direct, http, node):
    request, read, answer = QUESTIONS[operation]
    direct.compare_set("key", "", "value")
    before = executed(http, operation)
    with held():
        send(ranks, request)
    assert [read(rank) for rank in ranks] == [answer] * RANKS
    assert executed(http, operation) - before == 2
    assert Http(node.address).json("/v1/relay")["shared_answers"] == RANKS - 2


def test_it_is_asked_once_when_they_go_on_together(ranks, held, direct, http):
    direct.compare_set("key", "", "value")
    with held():
        send(ranks, wire.wait(["key"]))
    for rank in ranks:
        assert rank.read_u8() == wire.STOP_WAITING
    with held():
        send(ranks, wire.get("key"))
    assert [rank.read_blob() for rank in ranks] == [b"value"] * RANKS
    assert executed(http, "GET") in (1, 2)  # 2: the first has waited for the others for long enough


EACH = {
    "VALIDATE": (), "SET": (), "APPEND": (), "MULTI_SET": (), "QUEUE_PUSH": (),  # they have no reply
    "COMPARE_SET": (wire.compare_set("a", "", "b"), Client.read_blob),
    "ADD": (wire.add("count", 1), Client.read_i64),
    "DELETE_KEY": (wire.delete_key("missing"), Client.read_i64),
    "CANCEL_WAIT": (wire.cancel_wait(), Client.read_u8),
    "PING": (wire.ping(7), Client.read_u32),
    "QUEUE_POP": (wire.queue_pop("missing"), Client.read_i64),
    "BARRIER": (wire.barrier("barrier", 1), Client.read_u8),
}


def test_every_operation_is_known():
    known = set(QUESTIONS) | set(EACH)
    assert known == {operation.name for operation in wire.Op}


@pytest.mark.parametrize("operation", [name for name, known in EACH.items() if known])
def test_each_rank_sends_what_changes_something_itself(operation, ranks, held, http):
    request, read = EACH[operation]
    before = executed(http, operation)
    with held():
        send(ranks, request)
    for rank in ranks:
        read(rank)
    assert executed(http, operation) - before == RANKS


@pytest.mark.parametrize("operation", [name for name, known in (QUESTIONS | EACH).items() if known])
def test_who_has_used_any_operation_still_shares_answers(operation, ranks, held, direct, http):
    request, read, *_ = (QUESTIONS | EACH)[operation]
    direct.compare_set("key", "", "value")
    for rank in ranks:
        for _ in range(2):
            rank.send(request)
            read(rank)
    before = executed(http, "CHECK")
    with held():
        send(ranks, wire.check(["key"]))
    assert [rank.read_u8() for rank in ranks] == [wire.READY] * RANKS
    assert executed(http, "CHECK") - before <= 2


def test_a_large_value_that_was_read_or_set_is_followed(ranks, held, direct, http):
    value = bytes(1 << 20)
    for number, rank in enumerate(ranks):
        rank.set(f"key-{number}", value)
        assert rank.get(f"key-{number}") == value
    before = executed(http, "CHECK")
    with held():
        send(ranks, wire.check(["key-0"]))
    assert [rank.read_u8() for rank in ranks] == [wire.READY] * RANKS
    assert executed(http, "CHECK") - before <= 2


def test_a_large_answer_is_each_ranks_own(ranks, held, direct):
    value = bytes(range(256)) * 4096
    assert direct.compare_set("key", "", value) == value
    with held():
        send(ranks, wire.get("key"))
    assert all(rank.read_blob() == value for rank in ranks)


# What it must not change

def test_no_answer_is_older_than_its_question(join, direct):
    """Each rank reads a register that a client of the store raises: it never reads what was
    overwritten before it asked."""
    written, over = [0], threading.Event()
    stale = []

    def read(rank):
        while not over.is_set():
            known = written[0]
            seen = int(rank.get("register") or 0)
            if seen < known:
                stale.append((known, seen))

    readers = [threading.Thread(target=read, args=(rank,)) for rank in join()]
    for reader in readers:
        reader.start()
    for number in range(1, 3001):
        direct.set("register", b"%d" % number)
        direct.ping()
        written[0] = number
    over.set()
    for reader in readers:
        reader.join()
    assert not stale


def test_a_rank_reads_what_it_has_written(ranks, direct):
    for number in range(300):
        send(ranks[1:], wire.get("mine"))
        ranks[0].set("mine", b"%d" % number)
        assert ranks[0].get("mine") == b"%d" % number
        for rank in ranks[1:]:
            rank.read_blob()


def test_a_wait_that_lasts_is_known_to_the_store_for_each_rank(ranks, direct, http):
    send(ranks, wire.wait(["missing"]))
    wait_until(lambda: [wait["clients"] for wait in http.items("waits")] == [RANKS], SECONDS)
    direct.set("missing", b"here")
    for rank in ranks:
        rank.assert_released()


def test_a_rank_that_gives_up_gets_its_answer_alone(ranks, held):
    with held():
        send(ranks, wire.wait(["missing"]))
        for rank in ranks[::2]:
            rank.send(wire.cancel_wait())
    assert [rank.read_u8() for rank in ranks[::2]] == [wire.WAIT_CANCELED] * len(ranks[::2])
    for rank in ranks[1::2]:
        rank.assert_still_waiting()


def test_a_rank_that_sends_no_more_gets_its_answer(ranks, held, direct):
    direct.compare_set("key", "", "value")
    with held():
        send(ranks, wire.get("key"))
        for rank in ranks:
            rank.socket.shutdown(1)
    assert [rank.read_blob() for rank in ranks] == [b"value"] * RANKS
    for rank in ranks:
        rank.assert_closed()


def test_ranks_that_die_take_no_answer_along(ranks, held, direct):
    direct.compare_set("key", "", "value")
    with held():
        send(ranks, wire.get("key"))
        for rank in ranks[:-1]:
            rank.reset()
    assert ranks[-1].read_blob() == b"value"


def test_stores_of_jobs_share_nothing(join, http, start_relay, trunk, held):
    values = {}
    for name in "job-1", "job-2":
        port = http.open_store(name)[1]
        with_store = Client(("127.0.0.1", port), timeout=SECONDS)
        with_store.compare_set("key", "", name)
        with_store.close()
        values[name] = port
    relay = start_relay("--upstream", "%s:%d" % trunk, "--bind", "127.0.3.9", "--port", 29500)
    wait_until(lambda: sum(bool(store["served"]) for store in
                           Http(("127.0.3.9", relay.address[1])).json("/v1/relay")["stores"]) == 2, SECONDS)
    clients = {name: join(("127.0.3.9", port), 4) for name, port in values.items()}
    with held():
        for some in clients.values():
            send(some, wire.get("key"))
    for name, some in clients.items():
        assert [client.read_blob() for client in some] == [name.encode()] * 4


def test_nothing_is_lost_while_the_link_breaks(start_relay, proxy, direct):
    """Each rank reads what it waits for, however often the link breaks."""
    relay = start_relay("--upstream", "%s:%d" % proxy.address)
    relay.log.wait_for("event=upstream-connected")
    ranks = [Client(relay.address, timeout=SECONDS) for _ in range(RANKS)]
    over = threading.Event()
    cutter = threading.Thread(target=proxy.cut_often, args=(6_000, over))  # more than a TLS handshake has
    cutter.start()
    try:
        for number in range(100):
            send(ranks, wire.wait([f"key-{number}"]))
            direct.set(f"key-{number}", b"%d" % number)
            for rank in ranks:
                assert rank.read_u8() == wire.STOP_WAITING
                rank.send(wire.get(f"key-{number}"))
            assert [rank.read_blob() for rank in ranks] == [b"%d" % number] * RANKS
    finally:
        over.set()
        cutter.join()
        for rank in ranks:
            rank.close()


@pytest.mark.parametrize("server", [["--relay-timeout", "1"]], indirect=True)
def test_a_relay_that_is_forgotten_asks_anew(start_relay, proxy, direct):
    relay = start_relay("--upstream", "%s:%d" % proxy.address)
    relay.log.wait_for("event=upstream-connected")
    direct.compare_set("key", "", "value")
    for _ in range(2):
        ranks = [Client(relay.address, timeout=SECONDS) for _ in range(RANKS)]
        for rank in ranks:
            rank.ping()
        proxy.close()
        send(ranks, wire.get("key"))
        for rank in ranks:
            rank.assert_closed()
        proxy.open()
    rank = Client(relay.address, timeout=SECONDS)
    assert rank.get("key") == b"value"
    rank.close()
