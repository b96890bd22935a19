"""The server itself is stopped and goes on, or has its clock set."""

import re
import signal
import time
from pathlib import Path

import pytest

from attacked import MIB
from support import wire
from support.servers import is_sanitized

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
ROOT = Path(__file__).parents[2]
YEAR = 365 * 24 * 3600


def stop(process):
    process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        pass


def test_what_is_asked_of_a_stopped_server_is_answered_when_it_goes_on(attacked):
    at = attacked()
    at.counts_time = False
    inside = [at.connect() for _ in range(100)]
    for client in inside:
        client.ping()
    stop(at.process)
    outside = [at.connect() for _ in range(100)]
    for client in inside + outside:
        client.send(wire.add("sum", 1), wire.ping(7))
    at.process.send_signal(signal.SIGCONT)
    sums = []
    for client in inside + outside:
        sums.append(client.read_i64())
        assert client.read_u32() == 7
    assert sorted(sums) == list(range(1, 201))


def test_a_stop_is_not_taken_for_silence(attacked):
    """Who has sent VALIDATE in time is let in, though the server has not been there to read it."""
    seconds = 1
    at = attacked("--validate-timeout", str(seconds), "--log-level", "debug")
    at.counts_time = False
    clients = [at.connect(validate=False) for _ in range(5)]
    at.server.log.wait_for("event=client-accepted", f"client={clients[-1].name} ")
    stop(at.process)
    for client in clients:
        client.send(wire.validate() + wire.ping(7))
    time.sleep(1.5 * seconds)  # of the server's time, which nothing but time makes pass
    at.process.send_signal(signal.SIGCONT)
    for client in clients:
        assert client.read_u32() == 7


def test_who_asks_for_much_at_once_takes_turns_with_the_others(attacked):
    """100 MB of replies, none of which need wait until it is read: as if it read that fast."""
    at = attacked("--output-high-water", "200M")
    at.counts_time = False
    greedy, other = at.connect(), at.connect()
    other.set("large", b"v" * MIB)
    other.settle()
    greedy.ping()
    stop(at.process)
    greedy.send((wire.get("large") + wire.add("turns", 1)) * 100)
    other.send(wire.add("turns", 0))
    at.process.send_signal(signal.SIGCONT)
    assert other.read_i64() < 10
    for turn in range(100):
        assert greedy.read_blob() == b"v" * MIB
        assert greedy.read_i64() == turn + 1


def test_a_client_that_is_stopped_holds_nobody_up(attacked, crowd):
    at = attacked()
    process = crowd(at, 500, "go")
    stop(process)
    other = at.connect()
    for _ in range(200):
        other.set("go", "now")
        other.ping()
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline() == "released\n"


def source_with(word):
    return {str(path.relative_to(ROOT)) for folder in ("src", "apps/tcpstored", "apps/common")
            for path in (ROOT / folder).rglob("*.[ch]") if re.search(word, path.read_text())}


def test_the_time_of_day_is_read_for_the_log_alone():
    calls = r"\b(gettimeofday|time|localtime\w*|uv_clock_gettime|uv_gettimeofday)\("
    assert source_with(r"CLOCK_REALTIME") == {"apps/tcpstored/log.c"}
    assert source_with(calls) == set()


@pytest.mark.skipif(FAKETIME is None, reason="there is no libfaketime")
def test_a_clock_that_jumps(attacked, tmp_path, monkeypatch):
    """Waits wait, timeouts keep their time; the log tells the time there is."""
    if is_sanitized():
        pytest.skip("sanitizers and libfaketime want to be loaded first, both")
    now = tmp_path / "now"

    def set_clock(offset):
        new = tmp_path / "new"
        new.write_text(f"{offset:+d}s\n")
        new.rename(now)

    set_clock(0)
    with monkeypatch.context() as patched:
        patched.setenv("LD_PRELOAD", str(FAKETIME))
        patched.setenv("FAKETIME_TIMESTAMP_FILE", str(now))
        patched.setenv("FAKETIME_NO_CACHE", "1")
        patched.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        at = attacked("--log-level", "debug", "--validate-timeout", "30")
    waiter, other = at.connect(), at.connect()
    waiter.wait("awaited")
    years = set()
    for offset in (20 * YEAR, -20 * YEAR, 0, 5 * YEAR, -5 * YEAR):
        set_clock(offset)
        stranger = at.connect(validate=False)
        line = at.server.log.wait_for("event=client-accepted", f"client={stranger.name} ")
        years.add(line[3:7])
        waiter.assert_still_waiting()
        stranger.send(wire.validate() + wire.ping(7))
        assert stranger.read_u32() == 7
    assert len(years) == 5, "the clock did not jump"
    other.set("awaited", "value")
    waiter.assert_released()
    assert not at.server.log.lines_with("level=warn")
