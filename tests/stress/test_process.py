"""The server process is stopped and continued, shares its turns, or has its clock changed."""

import os
import re
import signal
import time
from pathlib import Path

import pytest

from attacked import MIB, memory_of
from support import wire
from support.servers import is_sanitized

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
ROOT = Path(__file__).parents[2]
YEAR = 365 * 24 * 3600


def stop(process):
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)


def test_requests_to_a_stopped_server_are_answered_when_it_continues(attacked):
    at = attacked()
    at.measures_latency = False
    accepted = [at.connect() for _ in range(100)]
    for client in accepted:
        client.ping()
    stop(at.process)
    pending = [at.connect() for _ in range(100)]
    for client in accepted + pending:
        client.send(wire.add("sum", 1), wire.ping(7))
    at.process.send_signal(signal.SIGCONT)
    sums = []
    for client in accepted + pending:
        sums.append(client.read_i64())
        assert client.read_u32() == 7
    assert sorted(sums) == list(range(1, 201))


def test_a_stopped_server_still_accepts_a_validate_sent_in_time(attacked):
    """The validate timeout expires before the server can read the VALIDATE that has arrived."""
    seconds = 1
    at = attacked("--validate-timeout", str(seconds), "--log-level", "debug")
    at.measures_latency = False
    clients = [at.connect(validate=False) for _ in range(5)]
    at.server.log.wait_for("event=client-accepted", f"client={clients[-1].name} ")
    stop(at.process)
    for client in clients:
        client.send(wire.validate() + wire.ping(7))
    time.sleep(1.5 * seconds)  # the server's own timeout has to expire
    at.process.send_signal(signal.SIGCONT)
    for client in clients:
        assert client.read_u32() == 7


def test_a_client_with_many_large_replies_takes_turns_with_the_others(attacked):
    """100 MB of replies below the high-water mark, as if the client read them immediately."""
    at = attacked("--output-high-water", "200M")
    at.measures_latency = False
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


def test_lists_that_clients_share_are_forgotten_when_the_last_has_left(tcpstored):
    server, connect = tcpstored()
    before = memory_of(server.process)
    clients = [connect() for _ in range(8)]
    for number, client in enumerate(clients):
        names = [b"%d-%d" % (number // 2, index) for index in range(100_000)]
        client.send(wire.check(names))
        assert client.read(1) == b"\1"
    shared = memory_of(server.process)
    for client in clients:
        client.close()
    if not is_sanitized():
        assert shared > before + 4 * MIB
        while memory_of(server.process) > before + 2 * MIB:
            time.sleep(0.01)


def test_a_stopped_client_delays_no_other(attacked, swarm):
    at = attacked()
    process = swarm(at, 500, "go")
    stop(process)
    other = at.connect()
    for _ in range(200):
        other.set("go", "now")
        other.ping()
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline() == "released\n"


def sources_with(pattern):
    return {str(path.relative_to(ROOT)) for folder in ("src", "apps/tcpstored", "apps/common")
            for path in (ROOT / folder).rglob("*.[ch]") if re.search(pattern, path.read_text())}


def test_the_time_of_day_is_read_only_for_people():
    """In the log, and for the record's file and the start of the process."""
    calls = r"\b(gettimeofday|time|localtime\w*|uv_clock_gettime|uv_gettimeofday)\("
    assert sources_with(r"CLOCK_REALTIME") == {
        "apps/tcpstored/log.c", "src/server/recorder.c"}
    assert sources_with(calls) == set()


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed")
def test_a_jump_of_the_clock_affects_no_wait_and_no_timeout(attacked, tmp_path, monkeypatch):
    """Only the time stamps in the log follow the clock."""
    if is_sanitized():
        pytest.skip("a sanitizer and libfaketime must both be loaded first")
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
        client = at.connect(validate=False)
        line = at.server.log.wait_for("event=client-accepted", f"client={client.name} ")
        years.add(line[3:7])
        waiter.assert_still_waiting()
        client.send(wire.validate() + wire.ping(7))
        assert client.read_u32() == 7
    assert len(years) == 5, "the clock did not jump"
    other.set("awaited", "value")
    waiter.assert_released()
    assert not at.server.log.lines_with("level=warn")
