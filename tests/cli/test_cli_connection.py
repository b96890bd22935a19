"""How `tcpstore-cli` and `tcpstore-bench` find their server, and what they report without one."""

import os
import re
import socket
import subprocess
import time

import pytest

from support.cli import Cli, Done, Terminal, cli_program, run_cli
from support.servers import SANITIZER_REPORTS, Tcpstored, tcpstored_program

DONE, NO, USAGE, UNREACHABLE = range(4)
PATIENCE = 20  # seconds; less than the default --timeout


@pytest.fixture
def unused():
    """An address without a listener."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


@pytest.fixture
def silent():
    """An address that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def run_in(environment, *words):
    """With these variables of PyTorch and no others."""
    inherited = {name: value for name, value in os.environ.items()
                 if name not in ("MASTER_ADDR", "MASTER_PORT")}
    done = subprocess.run([cli_program(), *map(str, words)], capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**inherited, **environment})
    return Done(done.returncode, done.stdout, done.stderr)


def timed(run, *words):
    began = time.monotonic()
    done = run(*words)
    return done, time.monotonic() - began


# Without a server

@pytest.mark.parametrize("words", [("ping",), ("get", "k"), ("missing", "rank_{}", "0..3")],
                         ids=" ".join)
def test_a_refused_connection_fails_without_waiting(unused, words):
    done, seconds = timed(Cli(unused), *words)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert f"127.0.0.1:{unused[1]}: connection refused" in done.stderr
    assert "1 attempt in" in done.stderr
    assert "-p PORT" in done.stderr and "--wait" in done.stderr
    assert seconds < PATIENCE


def test_an_unknown_host_name_exits_with_3():
    done = run_cli("-h", "no-such-host.invalid", "ping")
    assert done.status == UNREACHABLE
    assert "no-such-host.invalid:29500" in done.stderr and "is the name right?" in done.stderr


def test_a_silent_server_fails_within_seconds(silent):
    """The library's default is 10 s per address."""
    done = Cli(silent)("--timeout", 600, "ping")
    assert done.status == UNREACHABLE and "got no response" in done.stderr
    assert float(re.search(r"in ([0-9.]+) s\)", done.stderr)[1]) < 9


def test_timeout_bounds_the_wait_for_a_silent_server(silent):
    done = Cli(silent)("--timeout", "0.2", "ping")
    assert done.status == UNREACHABLE and re.search(r"in 0\.\d s", done.stderr)


def test_wait_retries_until_the_server_listens(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        terminal = Terminal(bound.getsockname(), "--wait", "set", "k", "v", home=tmp_path)
        port = bound.getsockname()[1]
        terminal.wait_for(rf"127\.0\.0\.1, port {port}: connection refused; trying for 30 s")
        server = Tcpstored(tmp_path, "--listen-fd", bound.fileno(), pass_fds=[bound.fileno()])
    assert terminal.end() == DONE
    assert Cli(server.address)("get", "k").stdout == "v\n"
    terminal.close()
    server.stop()


def test_wait_ends_after_the_timeout_and_reports_the_total_time(unused):
    done, seconds = timed(Cli(unused), "--wait", "--timeout", "1.5", "ping")
    assert done.status == UNREACHABLE
    reported = float(re.search(r"connection refused \(.* attempts in ([0-9.]+) s\)", done.stderr)[1])
    assert 1.5 <= reported <= seconds + 0.05


def test_wait_is_announced_once_on_a_terminal(unused, tmp_path):
    terminal = Terminal(unused, "--wait", "--timeout", "0.5", "ping", home=tmp_path)
    terminal.wait_for("connection refused; trying for 0.500 s, Ctrl-C ends it")
    terminal.end()
    assert "attempts in" in terminal.output and "Ctrl-C" not in terminal.output
    terminal.close()


# Naming the server

@pytest.mark.parametrize("form", ["127.0.0.1:{}", "tcp://127.0.0.1:{}", "[::ffff:127.0.0.1]:{}",
                                  "localhost:{}"])
@pytest.mark.parametrize("flag", ["-h", "--host"])
def test_host_with_a_port_connects_to_it(fresh_server, flag, form):
    port = fresh_server.address[1]
    done = run_cli(flag, form.format(port), "ping")
    assert done.status == DONE and f":{port} answers" in done.stdout
    assert run_cli(flag, form.format(port), "-p", port, "ping").status == DONE


@pytest.mark.parametrize("words, named", [
    (["-h", "head:1", "-p", "2", "ping"], "--port 2: --host head:1 names another port"),
    (["-h", "head:", "ping"], "--host head:: not a server, expected HOST, HOST:PORT"),
    (["-h", "http://head", "ping"], "--host http://head: not a server"),
    (["-h", "", "ping"], "--host '': empty, perhaps from an unset variable"),
    (["-p", "", "ping"], "--port '': not a port, expected 1 to 65535"),
    (["--prefix", "", "get", "k"], "--prefix '': empty, perhaps from an unset variable"),
    (["--file", "", "set", "k"], "--file '': empty"),
    (["get", ""], "get: '': an empty argument, perhaps from an unset variable"),
    (["mget", "k", ""], "'': an empty argument"),
    (["mset", "k", "v", "", "w"], "'': an empty argument"),
    (["keys", ""], "'': an empty argument"),
    (["dump", ""], "'': an empty argument"),
    (["load", ""], "'': an empty argument"),
    (["-h"], "-h: needs a value: --host HOST"),
])
def test_an_empty_or_contradictory_argument_exits_with_2(fresh_server, words, named):
    """With a server, so that the connection does not fail."""
    done = run_in({"MASTER_PORT": str(fresh_server.address[1])}, *words)
    assert (done.status, done.stdout) == (USAGE, "")
    assert named in done.stderr


def test_the_empty_key_of_pytorch_is_read_as_it_is_shown(fresh_server):
    cli = Cli(fresh_server.address)
    for prefix, shown in (([], "raw:/"), (["--prefix", "job"], "raw:/job/")):
        assert cli(*prefix, "set", shown, "v").status == DONE
        assert shown in cli(*prefix, "keys").lines
        assert cli(*prefix, "get", shown).stdout == "v\n"
    assert '{"key":""}' in cli("--json", "keys").lines


@pytest.mark.parametrize("variables, words", [
    ({"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "{port}"}, ()),
    ({"MASTER_ADDR": "localhost", "MASTER_PORT": "{port}"}, ()),
    ({"MASTER_PORT": "{port}"}, ()),
    ({"MASTER_ADDR": "tcp://127.0.0.1:{port}"}, ()),
    ({"MASTER_ADDR": "127.0.0.1:1", "MASTER_PORT": "{port}"}, ()),
    ({"MASTER_ADDR": "", "MASTER_PORT": "{port}"}, ()),
    ({"MASTER_ADDR": "no-such-host.invalid", "MASTER_PORT": "{port}"}, ("-h", "127.0.0.1")),
    ({"MASTER_ADDR": "127.0.0.1:2", "MASTER_PORT": "1"}, ("-p", "{port}")),
    ({"MASTER_PORT": "1"}, ("-h", "127.0.0.1:{port}")),
    ({"MASTER_PORT": "not looked at"}, ("-h", "127.0.0.1:{port}")),
    ({"MASTER_ADDR": "not: looked at", "MASTER_PORT": ""}, ("-h", "127.0.0.1:{port}")),
], ids=repr)
def test_variables_of_pytorch_apply_unless_flags_override_them(fresh_server, variables, words):
    port = fresh_server.address[1]
    environment = {name: value.format(port=port) for name, value in variables.items()}
    done = run_in(environment, *(word.format(port=port) for word in words), "ping")
    assert done.status == DONE, done.stderr
    assert f":{port} answers" in done.stdout


@pytest.mark.parametrize("variables, named", [
    ({"MASTER_PORT": "abc"}, "MASTER_PORT=abc: not a port, expected 1 to 65535; --port overrides"),
    ({"MASTER_PORT": "0"}, "MASTER_PORT=0: not a port"),
    ({"MASTER_ADDR": "head:x"}, "MASTER_ADDR=head:x: not a server"),
])
def test_a_malformed_variable_exits_with_2_unless_offline(variables, named):
    done = run_in(variables, "ping")
    assert done.status == USAGE and named in done.stderr
    for offline in ("--help", "help", "--version"):
        assert run_in(variables, offline).status == DONE


# The benchmark

def bench(*flags, environment=None):
    done = subprocess.run([tcpstored_program().parent / "tcpstore-bench", *map(str, flags)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                          env={**os.environ, **(environment or {})})
    assert not any(report in done.stderr for report in SANITIZER_REPORTS), done.stderr
    return done


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "tcp://127.0.0.1:{}", "[::ffff:127.0.0.1]:{}"])
def test_the_benchmark_connects_to_a_host_with_a_port(fresh_server, form):
    done = bench("--scenario", "ping", "--seconds", "0.1", "--host",
                 form.format(fresh_server.address[1]))
    assert done.returncode == DONE, done.stderr


@pytest.mark.parametrize("flags, named", [
    (("--host", "head:1", "--port", "2"), "--port 2: --host head:1 names another port"),
    (("--host", "head:x"), "--host head:x: not a server"),
    (("--host", ""), "--host '': empty"),
])
def test_the_benchmark_with_a_malformed_host_exits_with_2(flags, named):
    done = bench("--scenario", "ping", *flags)
    assert done.returncode == USAGE and named in done.stderr


def test_the_benchmark_ignores_the_variables_of_pytorch(fresh_server, unused):
    """The variables name the store of a job, which must not get load by mistake."""
    done = bench("--scenario", "ping", "--host", "127.0.0.1", "--port", unused[1],
                 environment={"MASTER_ADDR": "127.0.0.1",
                              "MASTER_PORT": str(fresh_server.address[1])})
    assert done.returncode == 1 and "refused" in done.stderr
