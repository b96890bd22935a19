"""`tcpstore-cli lock` and `cas` with several clients."""

import json

import pytest

from support.cli import end_of, run_cli

DONE, NO, USAGE, UNREACHABLE = range(4)


def test_a_second_lock_exits_with_1(cli):
    done = cli("lock", "job/lock")
    assert (done.status, done.stdout, done.stderr) == (DONE, "", "")
    done = cli("lock", "job/lock")
    assert (done.status, done.stdout) == (NO, "")
    assert done.stderr.startswith("tcpstore-cli: job/lock: not locked, another client holds it")
    assert "del KEY" in done.stderr


def test_lock_after_del_succeeds(cli):
    for _ in range(2):
        assert cli("lock", "lock").status == DONE
        assert cli("lock", "lock").status == NO
        assert cli("del", "lock").status == DONE


def test_lock_json_prints_whether_it_locked(cli):
    assert json.loads(cli("--json", "lock", "lock").stdout) == {"key": "lock", "locked": True}
    done = cli("--json", "lock", "lock")
    assert done.status == NO
    assert json.loads(done.stdout) == {"key": "lock", "locked": False}


def test_of_concurrent_locks_one_succeeds(cli):
    racers = [cli.start("lock", "lock") for _ in range(8)]
    assert sorted(end_of(racer).status for racer in racers) == [DONE] + [NO] * 7


@pytest.mark.parametrize("value, status", [("0", DONE), ("-5", NO), ("no number", UNREACHABLE)])
def test_lock_of_a_key_with_a_value_succeeds_only_if_the_sum_is_1(cli, value, status):
    """The lock belongs to the client whose ADD returns 1."""
    cli("set", "--", "lock", value)
    assert cli("lock", "lock").status == status


def test_cas_with_the_current_value_exits_with_1(cli):
    done = cli("cas", "lock", "", "me")
    assert (done.status, done.stdout, done.stderr) == (DONE, "me\n", "")
    done = cli("cas", "lock", "", "me")
    assert (done.status, done.stdout) == (NO, "me\n")
    assert "nothing stored: the value is VALUE already" in done.stderr and "lock KEY" in done.stderr


@pytest.mark.parametrize("before, expected, desired, stored, after", [
    (None, "", "", True, ""),
    (None, "", "new", True, "new"),
    (None, "old", "new", False, None),
    (None, "same", "same", False, None),
    ("", "", "", True, ""),
    ("", "", "new", True, "new"),
    ("", "old", "", False, ""),
    ("", "old", "new", False, ""),
    ("old", "old", "new", True, "new"),
    ("old", "old", "", True, ""),
    ("old", "other", "new", False, "old"),
    ("old", "", "new", False, "old"),
    ("new", "old", "new", False, "new"),
    ("new", "new", "new", True, "new"),
])
def test_cas_reports_whether_it_stored(cli, before, expected, desired, stored, after):
    if before is not None:
        cli("set", "k", before)
    done = cli("--json", "cas", "k", expected, desired)
    assert done.status == (DONE if stored else NO)
    assert bool(done.stderr) == (not stored)
    if after is None:
        assert done.stdout == "" and "does not exist" in done.stderr
        assert cli("check", "k").status == NO
    else:
        assert json.loads(done.stdout) == {"key": "k", "value": after, "stored": stored}
        assert cli("get", "--now", "k").stdout == after + "\n"


def test_cas_of_a_key_with_the_name_of_a_queue_ignores_the_queue(cli):
    """CHECK reports a queue as a key; COMPARE_SET and GET do not."""
    cli("push", "k", "entry")
    done = cli("cas", "k", "old", "new")
    assert (done.status, done.stdout) == (NO, "") and "does not exist" in done.stderr


def test_help_of_lock_prints_its_usage():
    done = run_cli("help", "lock")
    assert done.status == DONE and "lock KEY" in done.stdout
