"""What tcpstore-cli says at a relay that cannot ask its store."""

import pytest

from support.cli import Cli
from support.servers import free_port

TIMED_OUT, FAILED = 4, 5


@pytest.fixture
def waiting(start_relay):
    """A relay that has no store."""
    return start_relay("--upstream", f"127.0.0.1:{free_port()}")


@pytest.fixture
def linked(start_relay, proxy):
    relay = start_relay("--upstream", "%s:%d" % proxy.address)
    relay.log.wait_for("event=upstream-connected")
    return relay


def test_questions_to_a_relay_without_a_store_name_the_path_that_it_answers(waiting):
    done = Cli(waiting.address)("why")
    assert done.status == FAILED and "this relay waits for its store" in done.stderr
    assert "the address is a relay's: 'curl http://127.0.0.1:%d/relay'" % waiting.address[1] in done.stderr


def test_a_relay_whose_link_passes_nothing_on_is_named(linked, proxy):
    proxy.stall()
    done = Cli(linked.address)("why", "--timeout", "1")
    assert done.status == TIMED_OUT and "no answer over HTTP" in done.stderr
    assert "it is a relay, which says: this relay is linked to its store at %s:%d" % proxy.address in done.stderr
    assert "if its link is broken, it notices that within 30 s" in done.stderr
