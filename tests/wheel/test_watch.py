"""When tcpstore-run asks the store, and when it prints: the clock and the store's answers are scripted."""

import json
import subprocess

import pytest

PROGRAM = """
import json, sys
from tcpstore import watch

waits = json.loads(sys.argv[1])
now, printed, told = 0.0, [], []

def why(address, hang, timeout):
    seconds = waits[len(told)]
    told.append([now, False])
    return {"connected": 1, "waiting": int(seconds > 0), "longest_seconds": seconds}

def why_text(address, hang, timeout):
    told[-1][1] = True
    return f"a wait of {hang} s"

watch.time.monotonic = lambda: now
watch.questions.why, watch.questions.why_text = why, why_text
watch.report = printed.append
asker = watch.Watch("head:1", 10)
for _ in waits:
    now += asker.seconds()
    asker.ask()
print(json.dumps([told, printed]))
"""


@pytest.fixture
def play(scripts):
    """Returns for each answer the time at which it was asked for, and whether it was printed."""

    def run(*waits):
        output = subprocess.run([scripts / "python", "-c", PROGRAM, json.dumps(waits)], check=True,
                                capture_output=True, text=True, timeout=60).stdout
        told, printed = json.loads(output)
        assert len(printed) == sum(was_printed for _, was_printed in told)
        return told, printed

    return run


ASKED = """
import sys
from tcpstore import errors, watch

printed = []
def why(address, hang, timeout):
    raise getattr(errors, sys.argv[1])(*sys.argv[2:])
watch.questions.why, watch.report = why, printed.append
asker = watch.Watch("head:1", 10)
for _ in range(3):
    asker.ask()
print(len(printed), asker.seconds() > 1000)
"""


@pytest.mark.parametrize("error, outcome", [
    (("NoHttp", "the store has no HTTP", "start it with HTTP"), "1 True"),  # nor will it ever
    (("Unreachable", "no server"), "3 False"),
])
def test_only_what_may_change_is_asked_again(scripts, error, outcome):
    done = subprocess.run([scripts / "python", "-c", ASKED, *error], check=True, capture_output=True,
                          text=True, timeout=60)
    assert done.stdout.strip() == outcome


def test_nothing_is_printed_while_no_rank_waits(play):
    assert play(0, 0, 0)[0] == [[10, False], [20, False], [30, False]]


def test_a_short_wait_is_asked_about_when_it_would_be_too_long(play):
    told, printed = play(4, 10)
    assert told == [[10, False], [16, True]]
    assert printed == ["ranks wait:\na wait of 10 s"]


def test_a_wait_is_printed_again_when_it_has_doubled(play):
    assert play(10, 20, 40)[0] == [[10, True], [20, True], [40, True]]


def test_a_later_wait_is_printed_as_early_as_the_first(play):
    told, printed = play(10, 0, 10)
    assert [was_printed for _, was_printed in told] == [True, False, True]
    assert printed[0] == printed[1]
