"""What tcpstore-cli says at a relay that cannot ask its store."""

import pytest

from support.cli import Cli
from support.servers import free_port, trunk_address

UNREACHABLE, TIMED_OUT, FAILED = 3, 4, 5
NEXT = "next: see that a tcpstored --trunk runs at one of this relay's --upstream"


@pytest.fixture
def waiting(start_relay):
    """A relay that has no store."""
    return start_relay("--upstream", f"127.0.0.1:{free_port()}", "--trunk", "127.0.0.1:0")


@pytest.fixture
def linked(start_relay, proxy):
    relay = start_relay("--upstream", "%s:%d" % proxy.address)
    relay.log.wait_for("event=upstream-connected")
    return relay


@pytest.mark.parametrize("words", [("ping",), ("get", "key")], ids=" ".join)
def test_a_relay_without_a_store_is_named(waiting, words):
    done = Cli(waiting.address)(*words, "--timeout", "1")
    assert done.status == UNREACHABLE and "connected, but got no response" in done.stderr
    assert "it is a relay, which says: this relay waits for its store" in done.stderr and NEXT in done.stderr


def test_a_relay_without_a_store_is_named_at_its_trunk(waiting, credentials):
    if not credentials.flags:
        pytest.skip("without TLS, a trunk is for relays only")
    done = Cli(trunk_address(waiting))(*credentials.flags, "ping", "--timeout", "1")
    assert done.status == UNREACHABLE
    assert "it is a relay, which says: this relay waits for its store" in done.stderr and NEXT in done.stderr


def test_questions_to_a_relay_without_a_store_name_the_path_that_it_answers(waiting):
    done = Cli(waiting.address)("why")
    assert done.status == FAILED and "this relay waits for its store" in done.stderr
    assert "the address is a relay's: 'curl http://127.0.0.1:%d/relay'" % waiting.address[1] in done.stderr


@pytest.mark.parametrize("words, status, answer", [
    (("why",), TIMED_OUT, "no answer over HTTP"), (("ping",), UNREACHABLE, "got no response")],
    ids=["why", "ping"])
def test_a_relay_whose_link_passes_nothing_on_is_named(linked, proxy, words, status, answer):
    proxy.stall()
    done = Cli(linked.address)(*words, "--timeout", "1")
    assert done.status == status and answer in done.stderr
    assert "it is a relay, which says: this relay is linked to its store at %s:%d" % proxy.address in done.stderr
    assert "if its link is broken, it notices that within 30 s" in done.stderr


def test_the_next_step_of_the_relay_is_shown_if_it_has_one(linked, proxy):
    proxy.stall()
    done = Cli(linked.address)("ping", "--timeout", "4")
    assert "it is a relay, which says: " in done.stderr and "which has answered nothing for " in done.stderr
    assert "next: see whether the store's process" in done.stderr and "if its link is broken" not in done.stderr
