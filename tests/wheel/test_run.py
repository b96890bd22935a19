"""tcpstore-run, with the wheel installed: jobs of real ranks, hangs, signals, failures."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.servers import Log, Tcpstored

RANK = Path(__file__).with_name("rank.py")
SHOW = 'echo "$MASTER_ADDR:$MASTER_PORT $TORCHELASTIC_USE_AGENT_STORE"'
# A client that sets its address and waits for that of rank 1, as rank 0 of a job of gloo does.
WAITER = ("import os, socket, struct\n"
          "s = socket.create_connection((os.environ['MASTER_ADDR'], int(os.environ['MASTER_PORT'])))\n"
          "own, key = (b'/default_pg/0//cpu//0/%d' % rank for rank in range(2))\n"
          "s.sendall(struct.pack('<BI', 0, 0x3C85F7CE) +\n"
          "          struct.pack('<BQ', 1, len(own)) + own + struct.pack('<Q', 1) + b'x' +\n"
          "          struct.pack('<BQQ', 6, 1, len(key)) + key)\n"
          "s.recv(1)\n")


@pytest.fixture
def start(scripts, environment):
    """Starts tcpstore-run in a session of its own."""
    processes = []

    def run(*arguments, **variables):
        process = subprocess.Popen(
            [scripts / "tcpstore-run", *arguments], env={**environment, **variables}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        processes.append(process)
        return process

    yield run
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def stores_of(process):
    """The tcpstored processes that it has started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in children
            if Path(f"/proc/{pid}/comm").read_text().strip() == "tcpstored"]


def two_ranks(command):
    return f"RANK=0 WORLD_SIZE=2 {command} & RANK=1 WORLD_SIZE=2 {command}; wait $!"


def test_a_job_of_two_ranks(start):
    pytest.importorskip("torch")
    process = start("sh", "-c", two_ranks(f"{sys.executable} -W ignore {RANK}"))
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    lines = output.splitlines()
    assert len(lines) == 2 and lines[0] == lines[1] and lines[0].startswith("total 3.0 "), output
    assert errors == ""


def test_the_command_gets_the_address_of_a_store_on_this_host(start):
    output, _ = start("sh", "-c", SHOW).communicate(timeout=30)
    assert re.fullmatch(r"127\.0\.0\.1:\d+ True\n", output)


def test_a_launcher_gets_this_hosts_name(start, tmp_path):
    srun = tmp_path / "srun"
    srun.write_text(f"#!/bin/sh\n{SHOW}\n")
    srun.chmod(0o755)
    output, _ = start(srun, "python").communicate(timeout=30)
    assert output.startswith(os.uname().nodename + ":")


def test_host_names_this_node(start):
    output, _ = start("--host", "localhost", "sh", "-c", SHOW).communicate(timeout=30)
    assert output.startswith("localhost:")


def test_a_store_that_runs_is_used_and_left(start, scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("TCPSTORED", str(scripts / "tcpstored"))
    server = Tcpstored(tmp_path)
    process = start("--store", "%s:%d" % server.address, "sh", "-c", f"{SHOW}; read _")
    output, _ = process.communicate(timeout=30)
    assert output == "%s:%d True\n" % server.address
    server.stop()  # fails if it does not run


@pytest.mark.parametrize("command, status", [
    (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["/"], 126),
    (["no-such-program"], 127)])
def test_the_status_is_the_commands(start, command, status):
    process = start(*command)
    process.communicate(timeout=30)
    assert process.returncode == status


def test_the_commands_flags_are_its_own(start):
    output, _ = start("echo", "--why-after", "--help").communicate(timeout=30)
    assert output == "--why-after --help\n"


def test_no_command_is_refused(start):
    process = start()
    assert "no COMMAND" in process.communicate(timeout=30)[1]
    assert process.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_reaches_the_command_and_the_store_stops(start, number):
    program = ("import signal, sys\n"
               f"signal.signal({int(number)}, lambda *_: sys.exit(42))\n"
               "print('ready', flush=True)\n"
               "signal.pause()\n")
    process = start(sys.executable, "-c", program)
    assert process.stdout.readline() == "ready\n"
    store, = stores_of(process)
    os.kill(process.pid, number)
    process.communicate(timeout=30)
    assert process.returncode == 42
    assert not Path(f"/proc/{store}").exists()


def test_the_store_stops_if_tcpstore_run_is_killed(start):
    process = start("sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout.readline() == "ready\n"
    store = os.pidfd_open(stores_of(process)[0])
    process.kill()
    assert select.select([store], [], [], 20)[0], "tcpstored still runs"
    os.close(store)


def test_a_hang_shows_who_is_missing_and_again_later(start):
    process = start("--why-after", "1", sys.executable, "-c", WAITER)
    printed = (line for line in process.stderr if "rank 1 has not set an address" in line)
    next(printed)
    next(printed)


def test_a_command_that_never_connects_is_told(start):
    process = start("--why-after", "1", "sleep", "60")
    log = Log(process.stderr)
    process.stderr = None
    log.wait_for("no rank has connected", seconds=30)


def test_a_store_that_dies_is_told(start):
    process = start("sh", "-c", "echo ready; sleep 60")
    log = Log(process.stderr)
    process.stderr = None
    assert process.stdout.readline() == "ready\n"
    os.kill(stores_of(process)[0], signal.SIGKILL)
    log.wait_for("tcpstored exited with status -9", seconds=30)


def test_a_store_that_does_not_start_is_a_failure_of_its_own(start):
    process = start("--allow", "nonsense", "true")
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == 125 and "tcpstored exited" in errors
