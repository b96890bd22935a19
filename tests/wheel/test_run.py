"""tcpstore-run, with the wheel installed: jobs of real ranks, hangs, signals, failures."""

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.servers import Log

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

    def run(*arguments, stdin=subprocess.DEVNULL, program=scripts / "tcpstore-run", **variables):
        process = subprocess.Popen(
            [program, *arguments], env={**environment, **variables}, text=True, stdin=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
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


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


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


@pytest.mark.parametrize("name", ["srun", "mpirun", "mpiexec"])
def test_a_launcher_gets_this_hosts_name(start, tmp_path, name):
    output, _ = start(script(tmp_path / name, SHOW), "python").communicate(timeout=30)
    assert output.startswith(os.uname().nodename + ":")


@pytest.mark.parametrize("host, addresses", [("127.0.0.1", "127.0.0.1:{}"), ("localhost", "127.0.0.1:{}"),
                                             (os.uname().nodename, "[::]:{}")])
def test_the_store_listens_where_the_ranks_are(start, scripts, host, addresses):
    ask = ("import os, tcpstore; port = os.environ['MASTER_PORT']\n"
           "print(port, *tcpstore.stat('127.0.0.1:' + port)['addresses'])")
    output, _ = start("--host", host, scripts / "python", "-c", ask).communicate(timeout=30)
    port, address = output.split()
    assert address in (addresses.format(port), f"0.0.0.0:{port}")  # a machine may have no IPv6


def test_the_command_keeps_its_environment(start):
    output, _ = start("sh", "-c", "echo $OF_THE_JOB", OF_THE_JOB="kept").communicate(timeout=30)
    assert output == "kept\n"


def test_only_the_named_networks_may_connect(start, scripts):
    ping = f"{scripts}/tcpstore-cli -p $MASTER_PORT ping"
    for network, status in ("127.0.0.0/8", 0), ("10.0.0.0/8", 3):
        process = start("--allow", network, "sh", "-c", ping)
        process.communicate(timeout=30)
        assert process.returncode == status, network


def test_host_names_this_node(start):
    output, _ = start("--host", "localhost", "sh", "-c", SHOW).communicate(timeout=30)
    assert output.startswith("localhost:")


def test_a_store_that_runs_is_used_and_left(start, start_server):
    server = start_server()  # fails at the end if it does not run
    process = start("--store", "%s:%d" % server.address, "sh", "-c", f"{SHOW}; read _")
    output, _ = process.communicate(timeout=30)
    assert output == "%s:%d True\n" % server.address


@pytest.mark.parametrize("command, status", [
    (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["/"], 126),
    (["no-such-program"], 127)])
def test_the_status_is_the_commands(start, command, status):
    process = start(*command)
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == status
    if status in (126, 127):
        assert f"cannot run {command[0]}: " in errors
    else:
        assert errors == ""


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("read", [
    lambda start: start("--help").communicate(timeout=30)[0],
    lambda _: (ROOT / "docs" / "man" / "tcpstore-run.1.scd").read_text(),
    lambda _: (ROOT / "docs" / "TORCHRUN.md").read_text(),
], ids=["help", "manual", "TORCHRUN.md"])
def test_each_mpirun_line_hands_on_all_variables(start, environment, read):
    command = start("env", "-0").communicate(timeout=30)[0]
    added = {pair.partition("=")[0] for pair in command.split("\0")[:-1]} - set(environment)
    line = re.search(r"tcpstore-run mpirun (?:.*\\\n)*.*", read(start))[0]
    assert set(re.findall(r"-x (\w+)", line)) == added


def test_the_commands_flags_are_its_own(start):
    output, _ = start("echo", "--why-after", "--help").communicate(timeout=30)
    assert output == "--why-after --help\n"


def test_two_dashes_come_before_the_command(start):
    output, _ = start("--host", "localhost", "--", "echo", "--host", "x").communicate(timeout=30)
    assert output == "--host x\n"


@pytest.mark.parametrize("arguments, words", [
    ([], "no COMMAND"),
    (["--store", "head:x", "true"], "--store 'head:x': the port is 'x'"),
    (["--store", "http://head:1", "true"], "--store 'http://head:1': leave out 'http://'"),
    (["--store", "head:1", "--host", "head", "true"], "--host and --allow are for"),
    (["--store", "head:1", "--allow", "::1", "true"], "--host and --allow are for"),
    (["--why-after", "-1", "true"], "--why-after -1"),
])
def test_a_wrong_command_line_is_refused(start, arguments, words):
    process = start(*arguments)
    assert words in process.communicate(timeout=30)[1]
    assert process.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                                    signal.SIGUSR1, signal.SIGUSR2])
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


def test_the_store_serves_until_an_interrupted_command_has_exited(start, scripts):
    trap = f"trap '{scripts}/tcpstore-cli -p $MASTER_PORT ping >/dev/null && exit 9' INT"
    process = start("sh", "-c", f"{trap}; echo ready; while :; do sleep 0.1; done")
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 9


def test_a_key_of_the_terminal_interrupts_the_command_once(scripts, environment):
    program = ("import signal\n"
               "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
               "print('ready', flush=True)\n"
               "signal.sigwait([signal.SIGINT])\n"
               "print('again' if signal.sigtimedwait([signal.SIGINT], 1) else 'once', flush=True)\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(scripts / "tcpstore-run", ["tcpstore-run", sys.executable, "-c", program], environment)
    with os.fdopen(terminal, "r+b", buffering=0) as screen:
        assert screen.readline() == b"ready\r\n"
        screen.write(b"\x03")
        assert screen.readline().strip().endswith(b"once")
        os.waitpid(pid, 0)


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


def test_a_store_of_an_ipv6_address_is_asked(start, start_server):
    server = start_server("--bind", "::1")
    process = start("--store", "[::1]:%d" % server.address[1], "--why-after", "1", sys.executable, "-c",
                    WAITER)
    next(line for line in process.stderr if "rank 1 has not set an address" in line)


def test_a_store_without_http_is_told(start, start_server):
    server = start_server("--http", "off")
    process = start("--store", "%s:%d" % server.address, "--why-after", "1", "sleep", "60")
    next(line for line in process.stderr if "cannot tell who is missing" in line)


def test_a_store_that_cannot_be_reached_is_told_at_once(start):
    process = start("--store", "127.0.0.1:1", "--why-after", "0", "echo", "runs")
    output, errors = process.communicate(timeout=30)
    assert "cannot connect to 127.0.0.1:1: Connection refused; is tcpstored running there" in errors
    assert (output, process.returncode) == ("runs\n", 0)


def test_a_store_that_cannot_be_reached_is_told_again(start):
    process = start("--store", "127.0.0.1:1", "--why-after", "1", "sleep", "60")
    log = Log(process.stderr)
    process.stderr = None
    log.wait_for("cannot tell who is missing: cannot connect to 127.0.0.1:1", seconds=30)


def test_why_after_0_tells_nothing(start):
    errors = start("--why-after", "0", "sleep", "1").communicate(timeout=30)[1]
    assert errors == ""


def test_a_command_that_never_connects_is_told(start):
    process = start("--why-after", "1", "sleep", "60")
    log = Log(process.stderr)
    process.stderr = None
    log.wait_for("no rank has connected", seconds=30)


def test_a_store_that_dies_is_told_once(start):
    process = start("sh", "-c", "trap 'exit 3' USR1; echo ready; while :; do sleep 0.1; done")
    log = Log(process.stderr)
    process.stderr = None
    assert process.stdout.readline() == "ready\n"
    os.kill(stores_of(process)[0], signal.SIGKILL)
    log.wait_for("tcpstored exited with status -9", seconds=30)
    process.send_signal(signal.SIGUSR1)
    assert process.wait(30) == 3
    assert log.whole().count("tcpstored exited") == 1


def test_a_store_that_does_not_stop_is_killed(start):
    process = start("sh", "-c", "echo ready; read _", stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    store, = stores_of(process)
    os.kill(store, signal.SIGSTOP)
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(60) == 0
    is_left = Path(f"/proc/{store}").exists()
    if is_left:
        os.kill(store, signal.SIGKILL)
    assert not is_left and "is killed" in process.stderr.read()


@pytest.fixture
def copied(scripts, tmp_path):
    """tcpstore-run in a folder without tcpstored."""
    return shutil.copy(scripts / "tcpstore-run", tmp_path)


def test_the_tcpstored_beside_tcpstore_run_comes_first(start, tmp_path):
    script(tmp_path / "tcpstored", "exit 1")
    process = start("true", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert (process.communicate(timeout=30)[1], process.returncode) == ("", 0)


def test_else_the_tcpstored_on_path_is_taken(start, copied):
    process = start("true", program=copied)
    assert (process.communicate(timeout=30)[1], process.returncode) == ("", 0)


def test_without_tcpstored_the_next_step_is_told(start, copied):
    process = start("true", program=copied, PATH="/usr/bin:/bin")
    assert "pip install tcpstore" in process.communicate(timeout=30)[1]
    assert process.returncode == 125


def test_a_tcpstored_that_cannot_be_executed_is_told(start, copied, tmp_path):
    (tmp_path / "tcpstored").write_bytes(b"\x00 for another machine")
    (tmp_path / "tcpstored").chmod(0o755)
    process = start("true", program=copied)
    errors = process.communicate(timeout=30)[1]
    assert f"cannot execute {tmp_path}/tcpstored: Exec format error" in errors
    assert process.returncode == 125 and "Traceback" not in errors


def test_a_store_that_does_not_start_is_a_failure_of_its_own(start):
    process = start("--allow", "nonsense", "true")
    errors = process.communicate(timeout=30)[1]
    assert process.returncode == 125 and "tcpstored exited" in errors
