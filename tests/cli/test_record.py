"""The record of the last operations: how tcpstored writes it to a file."""

import os
import resource
import signal
import stat
import subprocess

import pytest

from support import wire
from support.client import Client
from support.servers import is_sanitized, tcpstored_program

SECONDS = 20
MAGIC = b"tcpstore-record 1\n"


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "the.record"


@pytest.fixture
def recorded(start, file):
    """A server on which a client has set a key."""
    server = start("--record-file", file, preexec_fn=no_core)
    client = server.connect()
    client.set(b"a key", b"a secret value")
    client.ping()
    return server


def assert_has_the_key(file):
    content = file.read_bytes()
    assert content.startswith(MAGIC)
    assert b"a key" in content and b"127.0.0.1:" in content
    assert b"secret" not in content


def assert_nothing_else_than(*files):
    assert {path.name for path in files[0].parent.iterdir()} == {
        "port", *(path.name for path in files)}


def test_sigusr1_writes_the_record_without_values(recorded, file):
    recorded.process.send_signal(signal.SIGUSR1)
    line = recorded.log.wait_for("event=recorded")
    assert f'level=info event=recorded file="{file}" entries=' in line
    assert_has_the_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert_nothing_else_than(file)
    assert recorded.end_by(signal.SIGTERM) == 0


def test_a_second_sigusr1_replaces_the_file(recorded, file):
    file.write_text("old")
    recorded.process.send_signal(signal.SIGUSR1)
    recorded.log.wait_for("event=recorded")
    recorded.connect().set(b"another key", b"")
    recorded.connect().ping()
    recorded.process.send_signal(signal.SIGUSR1)
    assert recorded.end_by(signal.SIGTERM) == 0
    recorded.log.whole()
    assert len(recorded.log.lines_with("event=recorded")) == 2
    assert b"another key" in file.read_bytes()
    assert_has_the_key(file)


def test_a_symbolic_link_is_replaced_and_not_followed(recorded, file, tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    file.symlink_to(target)
    recorded.process.send_signal(signal.SIGUSR1)
    recorded.log.wait_for("event=recorded")
    assert target.read_text() == "precious"
    assert not file.is_symlink()
    assert_has_the_key(file)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"])
def test_a_fault_writes_the_record(recorded, file, name):
    if is_sanitized() and name != "SIGABRT":
        pytest.skip("the sanitizer handles this signal")
    number = getattr(signal, name)
    assert recorded.end_by(number) == -number
    lines = recorded.log.whole().splitlines()
    assert lines[-2].endswith(f" level=error event=died signal={name}")
    assert f' event=recorded file="{file}" entries=' in lines[-1]
    assert_has_the_key(file)
    assert_nothing_else_than(file)


def test_another_fatal_signal_writes_no_record(recorded, file):
    assert recorded.end_by(signal.SIGQUIT) == -signal.SIGQUIT
    assert not file.exists()


def test_by_default_the_file_is_named_by_process_in_tmpdir(start, tmp_path):
    server = start(env={**os.environ, "TMPDIR": str(tmp_path)})
    server.process.send_signal(signal.SIGUSR1)
    server.log.wait_for("event=recorded")
    assert (tmp_path / f"tcpstored-{server.process.pid}.record").exists()


def test_a_folder_that_is_missing_is_logged_and_clients_are_served(start, tmp_path):
    server = start("--record-file", tmp_path / "missing" / "file")
    server.process.send_signal(signal.SIGUSR1)
    line = server.log.wait_for("event=record-failed")
    assert 'reason="No such file or directory"' in line
    server.connect().ping()


def test_without_a_record_sigusr1_is_logged_and_ignored(start, tmp_path):
    server = start("--record", "0", "--record-file", tmp_path / "file")
    server.process.send_signal(signal.SIGUSR1)
    assert "--record is 0" in server.log.wait_for("event=record-failed")
    server.connect().ping()
    assert not (tmp_path / "file").exists()


def test_a_refused_request_and_its_client_are_in_the_record(recorded, file):
    client = recorded.connect()
    client.send(wire.add(b"a key", 1))
    client.assert_closed()
    recorded.process.send_signal(signal.SIGUSR1)
    recorded.log.wait_for("event=recorded")
    assert b"stored value is not a decimal number" in file.read_bytes()


def test_a_small_record_has_the_last_operations(start, file):
    server = start("--record", "64K", "--record-file", file)
    client = server.connect()
    for number in range(5000):
        client.set(b"key %d." % number, b"")
    client.settle()
    server.process.send_signal(signal.SIGUSR1)
    server.log.wait_for("event=recorded")
    content = file.read_bytes()
    assert len(content) <= 64 * 1024 + 56
    assert b"key 4999." in content and b"key 0." not in content


@pytest.mark.parametrize("size, reason", [
    ("1", "--record 1: too small, expected 64K to 4M, or 0 for none"),
    ("5M", "--record 5M"),
])
def test_a_size_out_of_range_is_refused(size, reason):
    done = subprocess.run([tcpstored_program(), "--port", "0", "--record", size],
                          capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 2
    assert reason in done.stderr
