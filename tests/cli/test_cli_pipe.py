"""`tcpstore-cli` without a command runs each line of standard input."""

import os
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from support.cli import Cli, cli_program, command, run_cli
from support.client import Client
from support.servers import Tcpstored

DONE, NO, USAGE, UNREACHABLE, TIMED_OUT, FAILED = range(6)


@pytest.fixture
def cli(shared):
    return Cli(shared.address)


@pytest.fixture
def other(shared):
    client = Client(shared.address)
    for key in client.list_keys():
        client.delete_key(key)
    yield client
    client.close()


def test_lines_run_over_one_connection(cli, shared, other):
    connected = len(shared.log.lines_with("event=connect"))
    done = cli(stdin=b"set z 1\nget z\nadd z 4\n")
    assert (done.status, done.stdout, done.stderr) == (DONE, "1\n5\n", "")
    assert other.get("/z") == b"5"
    assert len(shared.log.lines_with("event=connect")) <= connected + 1


def test_flags_of_the_command_line_apply_to_all_lines(cli, other):
    done = cli("--prefix", "job", "--json", stdin=b"set k v\nget k\n--prefix other set k w\n")
    assert (done.status, done.stdout) == (DONE, '{"key":"k","value":"v"}\n')
    assert (other.get("/job/k"), other.get("/other/k")) == (b"v", b"w")


@pytest.mark.parametrize("line, value", [
    (rb"""set k 'two "words" \n'""", rb"""two "words" \n"""),
    (rb'''set k "it's \"quoted\" \\ \n"''', rb'''it's "quoted" \ \n'''),
    (rb"""set k un\ quo\ted""", b"un quoted"),
    (rb"""set k a'b c'"d"e""", b"ab cde"),
    (b"set k ''", b""),
    (b"\t set \tk   v ", b"v"),
    ("set k größe".encode(), "größe".encode()),
    (b"set k \xff\xfe", b"\xff\xfe"),
    (b"set k v\r", b"v"),
    (b"set k #v", b"#v"),
    (rb"set --escapes k '\x00\n'", b"\0\n"),
    (b"set k " + b"x" * (1 << 20), b"x" * (1 << 20)),
], ids=range(12))
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_quoting_is_as_in_a_shell_in_every_locale(shared, other, locale, line, value):
    done = subprocess.run(command(shared.address), input=line + b"\n", capture_output=True,
                          timeout=60, env={**os.environ, "LC_ALL": locale})
    assert (done.returncode, done.stderr) == (DONE, b"")
    assert other.get("/k") == value


def test_a_last_line_without_a_newline_runs(cli):
    assert cli(stdin=b"set k v\nget k").stdout == "v\n"


def test_comments_and_empty_lines_are_skipped(cli):
    done = cli(stdin=b"# it's a comment\n\n   \n \t# another\n\r\nset k v\n")
    assert (done.status, done.stderr) == (DONE, "")


@pytest.mark.parametrize("line, status, named", [
    (b"get 'open", USAGE, "a quote is open"),
    (b"get back\\", USAGE, "a backslash ends the line"),
    (b"frobnicate", USAGE, "frobnicate: no such command"),
    (b"get --frobnicate k", USAGE, "--frobnicate: no such flag"),
    (b"get nu\0ll", USAGE, "null byte"),
    (b"set k -", USAGE, "standard input holds the commands"),
    (b"load", USAGE, "standard input holds the commands"),
    (b"-p 1 ping", USAGE, "all lines use one server"),
    (b"--version", USAGE, "--version: not allowed in a line"),
    (b"get --now nothing", NO, "nothing does not exist"),
    (b"get --timeout 0.5 never", TIMED_OUT, "timed out"),
])
def test_a_line_that_fails_is_reported_and_the_next_line_runs(cli, other, line, status, named):
    done = cli(stdin=b"set k before\n# comment\n" + line + b"\nset k after\n")
    assert (done.status, done.stdout) == (status, "")
    assert named in done.stderr
    assert f"tcpstore-cli: standard input:3: exit status {status} (" in done.stderr
    assert other.get("/k") == b"after"


def test_the_exit_status_is_that_of_the_first_failed_line(cli, other):
    done = cli(stdin=b"ping\ncheck nothing\nfrobnicate\nping\n")
    assert done.status == NO
    assert "standard input:2: " in done.stderr and "standard input:3: " in done.stderr


def test_a_line_after_a_refused_request_connects_again(cli, other):
    done = cli(stdin=b"set k none\nadd k\nset k after\n")
    assert done.status == UNREACHABLE and "standard input:2: " in done.stderr
    assert other.get("/k") == b"after"


def test_without_a_server_only_the_first_line_runs():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        done = Cli(unused.getsockname())("--timeout", "0.05", stdin=b"ping\n" * 1000)
    assert (done.status, done.stdout) == (UNREACHABLE, "")
    assert done.stderr.count("refused") == 1 and "no further line is run" in done.stderr


def test_quit_skips_the_remaining_lines(cli):
    done = cli(stdin=b"check nothing\nquit\nping\n")
    assert (done.status, done.stdout) == (NO, "missing  nothing\n")


@pytest.mark.parametrize("text", [b"", b"\n", b"# nothing\n"])
def test_input_without_a_command_exits_with_2(text):
    done = run_cli(stdin=text)
    assert (done.status, done.stdout) == (USAGE, "")
    assert "no command" in done.stderr and "--help" in done.stderr


def test_help_without_a_server_is_printed():
    done = run_cli("-p", "1", stdin=b"help get\nget --help\n")
    assert done.status == DONE and done.stdout.count("usage: ") == 2


def test_help_is_printed_before_the_next_line_is_read(cli):
    with tempfile.TemporaryFile() as both:
        subprocess.run(command(cli.address), input=b"get --help\nfrobnicate\n", stdout=both,
                       stderr=subprocess.STDOUT, timeout=60)
        both.seek(0)
        assert both.read().startswith(b"usage: ")


@pytest.mark.parametrize("line", ["help", "--help", "get --help"])
def test_help_that_cannot_be_written_exits_with_5(cli, line):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(cli.address), input=line.encode(), stdout=full,
                              stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == FAILED and b"cannot write to stdout" in done.stderr


@pytest.mark.parametrize("line", [b"--json", b"--timeout 5", b"--"])
def test_a_line_with_only_flags_is_refused(cli, line):
    done = cli(stdin=b"set k v\n" + line + b"\nget k\n")
    assert (done.status, done.stdout) == (USAGE, "v\n")
    assert "no command in the line" in done.stderr and "standard input:2: " in done.stderr


def run_when_stopped(tmp_path, line):
    """Runs a line at a stopped server: its exit status, stderr, and seconds."""
    server = Tcpstored(tmp_path)
    process = subprocess.Popen(command(server.address, "--timeout", 50), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    try:
        process.stdin.write(b"add n\nset k v\nget n --timeout 1\n")
        assert process.stdout.readline() == b"1\n"
        assert process.stdout.readline() == b"1\n"
        server.process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        _, stderr = process.communicate(line, timeout=60)
        return process.returncode, stderr.decode(), time.monotonic() - begin
    finally:
        process.kill()
        server.process.send_signal(signal.SIGCONT)
        server.stop()


@pytest.mark.parametrize("line", [b"add n --timeout 1", b"mget --now n --timeout 1"])
def test_timeout_of_a_line_bounds_the_wait_for_a_stopped_server(tmp_path, line):
    status, stderr, seconds = run_when_stopped(tmp_path, line)
    assert status == TIMED_OUT and "timed out after 1." in stderr
    assert seconds < 15, "as long as without --timeout"


@pytest.mark.parametrize("line", [b"wait m --timeout 1", b"mget m --timeout 1"])
def test_a_wait_at_a_stopped_server_is_reported_once(tmp_path, line):
    status, stderr, _ = run_when_stopped(tmp_path, line)
    assert status == TIMED_OUT and "no answer; the connection was closed" in stderr
    assert "lost earlier" not in stderr


def test_each_reply_is_printed_before_the_next_line_is_read(shared):
    process = subprocess.Popen(command(shared.address), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, bufsize=0)
    for number in (b"1", b"2"):
        process.stdin.write(b"set n " + number + b"\nget n\n")
        assert process.stdout.readline() == number + b"\n"
    process.stdin.close()
    assert process.wait(60) == DONE
    process.stdout.close()


def test_standard_input_that_cannot_be_read_exits_with_2(tmp_path):
    directory = os.open(tmp_path, os.O_RDONLY)
    done = subprocess.run([cli_program()], stdin=directory, capture_output=True, timeout=60)
    os.close(directory)
    assert done.returncode == USAGE
    assert b"standard input: cannot read it: Is a directory" in done.stderr


def test_closed_standard_input_exits_with_2():
    done = subprocess.run(["sh", "-c", f"{cli_program()} <&-"], capture_output=True, timeout=60)
    assert done.returncode == USAGE and done.stderr.startswith(b"tcpstore-cli: ")
