"""`tcpstored`: signals, the first and last lines of its log, and what it needs from the system."""

import os
import re
import resource
import signal
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from support.pipes import fill
from support.servers import is_sanitized, tcpstored_program
from support.waiting import wait_until

FAULTS = ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV"]
OTHERS = ["SIGALRM", "SIGIO", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGSYS", "SIGTRAP",
          "SIGVTALRM", "SIGXCPU"]
AS_PROCESS_1 = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
WITH_OWN_MOUNTS = ["unshare", "--mount"]
SECONDS = 20


def needs(command):
    done = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=SECONDS)
    return pytest.mark.skipif(done.returncode != 0,
                              reason=f"not permitted here; root may be needed: {done.stderr}")


def set_sighup(action):
    return lambda: signal.signal(signal.SIGHUP, action)


def test_sighup_stops_cleanly_and_is_named_in_the_log(start):
    server = start(preexec_fn=set_sighup(signal.SIG_DFL))
    client = server.connect()
    client.ping()
    assert server.end_by(signal.SIGHUP) == 0
    assert "event=stopping signal=SIGHUP\n" in server.log.whole()
    assert server.log.whole().endswith("event=stopped")
    client.assert_closed()


def test_sighup_under_nohup_is_ignored(start):
    server = start(preexec_fn=set_sighup(signal.SIG_IGN))
    server.process.send_signal(signal.SIGHUP)
    server.connect().ping()
    assert server.end_by(signal.SIGTERM) == 0
    assert "event=stopping signal=SIGTERM\n" in server.log.whole()


def user_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def user_seconds_of_ended_children():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


@pytest.mark.skipif(is_sanitized(), reason="with a sanitizer, all keys are freed for the leak search")
def test_a_stop_does_not_free_keys_one_by_one(start):
    server = start()
    client = server.connect()
    for first in range(0, 1_000_000, 1000):
        client.multi_set(*((b"%d" % key, b"") for key in range(first, first + 1000)))
    client.ping()
    before, filling = user_seconds_of_ended_children(), user_seconds(server.process)
    assert server.end_by(signal.SIGTERM) == 0
    stopping = user_seconds_of_ended_children() - before - filling
    assert stopping < filling / 5, f"{filling:.2f} s to fill, {stopping:.2f} s to stop"


@pytest.mark.parametrize("name", ["SIGPIPE", "SIGXFSZ"])
def test_a_signal_raised_by_writes_is_ignored(start, name):
    server = start()
    server.process.send_signal(getattr(signal, name))
    server.connect().ping()
    assert server.end_by(signal.SIGTERM) == 0


@pytest.mark.parametrize("name", FAULTS + OTHERS)
def test_a_fatal_signal_is_logged_in_the_last_line(start, name):
    server = start("--record", "0",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
    server.connect().ping()
    status = server.end_by(getattr(signal, name))
    last = server.log.whole().splitlines()[-1]
    if name in FAULTS and "DEADLYSIGNAL" in server.log.whole():  # a sanitizer reports it
        assert status != 0 and name[3:] in server.log.whole()
    else:
        assert status == -getattr(signal, name)
        assert re.fullmatch(rf"ts=\S+ level=error event=died signal={name}", last)


def test_a_fatal_real_time_signal_is_logged_by_number(start):
    server = start()
    assert server.end_by(signal.SIGRTMIN + 3) == -(signal.SIGRTMIN + 3)
    assert server.log.whole().endswith(f" event=died signal={signal.SIGRTMIN + 3}")


def test_a_fatal_signal_is_logged_after_all_earlier_lines(start):
    server = start("--log-level", "debug")
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.ping()
    server.end_by(signal.SIGQUIT)
    lines = server.log.whole().splitlines()
    assert sum("event=client-accepted" in line for line in lines[:-1]) == len(clients)
    assert lines[-1].endswith(" event=died signal=SIGQUIT")


def test_an_unread_log_does_not_delay_a_fatal_signal():
    reader, writer = os.pipe()
    fill(writer)
    process = subprocess.Popen([tcpstored_program(), "--port", "0"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=writer)
    assert process.stdout.readline()
    process.send_signal(signal.SIGQUIT)
    assert process.wait(SECONDS) == -signal.SIGQUIT
    process.stdout.close()
    os.close(reader)
    os.close(writer)


def test_the_first_line_has_version_pid_and_addresses(start):
    server = start("--bind", "127.0.0.1", "--bind", "127.0.0.2")
    assert server.end_by(signal.SIGTERM) == 0
    lines = server.log.whole().splitlines()
    port = server.address[1]
    assert re.fullmatch(
        rf"ts=\S+ level=info event=starting version=\d+\.\d+\.\d+ pid={server.process.pid} "
        r"addresses=127\.0\.0\.1:0,127\.0\.0\.2:0", lines[0])
    assert any(line.endswith(f" event=serving addresses=127.0.0.1:{port},127.0.0.2:{port}")
               for line in lines)


@pytest.mark.parametrize("flags, addresses", [
    (["--bind", "::", "--port", "0"], "[::]:0"),
    (["--bind", "::1", "--bind", "127.0.0.1", "--port", "7"], "[::1]:7,127.0.0.1:7"),
    (["--listen-fd", "0"], "fd:0"),
])
def test_the_first_line_has_the_requested_addresses(flags, addresses):
    with subprocess.Popen([tcpstored_program(), "--port", "0", *flags], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        process.kill()
    assert first.endswith(f" addresses={addresses}\n")


def test_the_time_of_a_line_is_the_current_time(start):
    before = datetime.now(timezone.utc)
    server = start()
    stamp = datetime.fromisoformat(
        re.match(r"ts=(\S+)Z ", server.log.wait_for("event=starting"))[1] + "+00:00")
    after = datetime.now(timezone.utc)
    assert before - timedelta(milliseconds=1) <= stamp <= after


@pytest.mark.parametrize("files", [4, 5, 7, 9, 11, 13])
def test_a_start_with_too_few_files_reports_the_number_needed(files):
    done = subprocess.run([tcpstored_program(), "--port", "0"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SECONDS, preexec_fn=lambda:
                          resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.match(r"tcpstored: a server needs \d+ files besides those that are open: "
                    r"Too many open files; raise the limit: ulimit -n", last)


def test_the_reported_number_of_files_is_enough(start):
    needed = 3 + 12  # the standard streams and the number in the message
    server = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed)))
    server.connect().ping()
    assert server.end_by(signal.SIGTERM) == 0


@needs(WITH_OWN_MOUNTS)
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&-"])
def test_it_serves_without_dev_null_and_with_closed_streams(start, closed):
    script = f'mount -t tmpfs none /dev && exec "$0" "$@" {closed}'
    server = start(before=[*WITH_OWN_MOUNTS, "sh", "-c", script])
    client = server.connect()
    client.ping()
    assert server.end_by(signal.SIGTERM) == 0
    client.assert_closed()


def child_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_until(lambda: children.read_text())
    return int(children.read_text())


def states_of_children(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
            for child in children]


@needs(AS_PROCESS_1)
def test_as_process_1_it_leaves_no_zombies(start):
    server = start(before=AS_PROCESS_1)
    pid = child_of(server.process)
    orphan = "sleep 0.2 & echo started"
    done = subprocess.run(["nsenter", "--target", str(pid), "--pid", "sh", "-c", orphan],
                          stdout=subprocess.PIPE, timeout=SECONDS)
    assert done.stdout == b"started\n"
    wait_until(lambda: states_of_children(pid) == [])
    os.kill(pid, signal.SIGTERM)
    assert server.process.wait(SECONDS) == 0


@needs(AS_PROCESS_1)
def test_as_process_1_a_fault_is_logged_and_kills_it(start):
    server = start("--record", "0", before=AS_PROCESS_1)
    os.kill(child_of(server.process), signal.SIGABRT)
    assert server.process.wait(SECONDS) != 0
    assert server.log.whole().endswith(" event=died signal=SIGABRT")
