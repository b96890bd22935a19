"""No blocked output of tcpstored delays its clients or its stop."""

import contextlib
import mmap
import os
import pty
import re
import resource
import select
import socket
import subprocess
import tempfile
import termios
import time
from pathlib import Path

import pytest

from support.pipes import fill
from support.servers import tcpstored_program
from support.waiting import wait_until

CROWD = 2500  # clients; at level debug their lines overflow the log's queue
FSIZE = 4096


@contextlib.contextmanager
def full_pipe():
    reader, writer = os.pipe()
    fill(writer)
    yield writer, reader
    os.close(reader)
    os.close(writer)


@contextlib.contextmanager
def full_pipe_that_does_not_block():
    with full_pipe() as (writer, reader):
        os.set_blocking(writer, False)
        yield writer, reader


@contextlib.contextmanager
def full_fifo():
    """Its reader has opened it and does not read."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "fifo")
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer = os.open(path, os.O_WRONLY)
        fill(writer)
        yield writer, reader
        os.close(reader)
        os.close(writer)


@contextlib.contextmanager
def full_socket():
    near, far = socket.socketpair()
    with near, far:
        fill(near.fileno())
        yield near.fileno(), far.fileno()


@contextlib.contextmanager
def stopped_terminal():
    """A terminal after Ctrl-S."""
    master, slave = pty.openpty()
    termios.tcflow(slave, termios.TCOOFF)
    yield slave, master
    os.close(master)
    os.close(slave)


@contextlib.contextmanager
def unread_terminal():
    master, slave = pty.openpty()
    fill(slave)
    yield slave, master
    os.close(slave)
    os.close(master)


@contextlib.contextmanager
def full_disk():
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor, None
    os.close(descriptor)


@contextlib.contextmanager
def pipe_without_reader():
    reader, writer = os.pipe()
    os.close(reader)
    yield writer, None
    os.close(writer)


BLOCKING = [full_pipe, full_fifo, full_socket, stopped_terminal, unread_terminal]
SINKS = [*BLOCKING, full_pipe_that_does_not_block, full_disk, pipe_without_reader]


@pytest.fixture(params=SINKS, ids=lambda sink: sink.__name__)
def sink(request):
    with request.param() as (writer, _):
        yield writer


def test_a_blocked_log_delays_neither_clients_nor_stop(start, sink):
    server = start("--log-level", "debug", stderr=sink)
    bystander = server.connect()
    server.crowd(100)
    bystander.ping()
    server.stop()


@pytest.mark.parametrize("sink", [full_pipe], indirect=True, ids=["full_pipe"])
def test_a_full_log_queue_delays_neither_clients_nor_stop(start, sink):
    server = start("--log-level", "debug", stderr=sink)
    bystander = server.connect()
    server.crowd(CROWD)
    bystander.ping()
    server.stop()


def test_a_blocked_stdout_delays_neither_clients_nor_stop(start, sink):
    server = start(stdout=sink)
    server.connect().ping()
    server.stop()


def test_a_failure_exits_even_if_its_message_is_not_read(sink):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = subprocess.Popen([tcpstored_program(), "--port", str(taken.getsockname()[1])],
                                   stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        try:
            assert process.wait(30) == 1
        finally:
            process.kill()
            process.wait()


class Lines:
    """Reads lines from a descriptor."""

    def __init__(self, descriptor):
        self.descriptor, self.bytes = descriptor, b""

    def read_until(self, pattern):
        """Reads until a line matches."""
        deadline = time.monotonic() + 30
        while not (found := re.search(pattern, self.bytes)):
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.descriptor], [], [], left)[0], self.bytes[-500:]
            self.bytes += os.read(self.descriptor, 1 << 16)
        return found


@pytest.mark.parametrize("kind", BLOCKING, ids=lambda kind: kind.__name__)
def test_lines_that_do_not_fit_are_counted_in_their_place(start, kind):
    with kind() as (writer, reader):
        server = start("--log-level", "debug", stderr=writer)
        server.crowd(CROWD)
        if kind is stopped_terminal:
            termios.tcflow(writer, termios.TCOON)
        log = Lines(reader)
        lost = int(log.read_until(rb"event=log-lost lines=(\d+)\r?\n")[1])
        server.connect().leave()
        server.stop()
        # A later line that is short enough to fit follows the count.
        log.read_until(rb"event=log-lost (?s:.*) event=client-closed (?s:.*) event=stopped\r?\n")
        of_clients = rb"level=debug event=client-(?:accepted|closed) "
        assert lost > 0 and len(re.findall(of_clients, log.bytes)) + lost == 2 * (CROWD + 1)


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (FSIZE, FSIZE))


def lost_lines(text):
    """The counts in the log-lost lines, of which none follows a partial line."""
    return sum(map(int, re.findall(r"^ts=\S+ level=warn event=log-lost lines=(\d+)$", text, re.M)))


def test_a_file_at_its_size_limit_loses_lines_until_it_is_truncated(start, tmp_path):
    path = tmp_path / "log"
    with path.open("ab") as log:
        server = start("--log-level", "debug", stderr=log, preexec_fn=limit_file_size)
    client = server.connect()
    client.ping()
    descriptors = Path(f"/proc/{server.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    server.crowd(200)
    wait_until(lambda: len(list(descriptors.iterdir())) <= before)  # all others are closed
    full = []

    def has_room():
        """The lines that wait to be written may fill the file again."""
        last = server.connect()
        last.leave()
        text = path.read_text()
        if len(text) > FSIZE // 2:
            full.append(text)
            os.truncate(path, 0)
        return f"client={last.name}" in text

    wait_until(has_room)
    client.leave()
    server.stop()
    text = path.read_text()
    assert sum(map(lost_lines, [*full, text])) > 200
    assert text.splitlines()[-1].endswith(" event=stopped")


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    path = tmp_path / "disk"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path],
                          capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        pytest.skip("cannot mount a small file system: " + done.stderr)
    yield path
    subprocess.run(["umount", "--lazy", path], check=True, timeout=30)


def test_a_log_on_a_disk_that_was_full_has_the_count_of_lost_lines(start, small_disk):
    rest = small_disk / "rest"
    with (small_disk / "log").open("ab") as log:
        server = start("--log-level", "debug", stderr=log)
    with contextlib.suppress(OSError), rest.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1024)
    server.crowd(200)
    # The file ends at a page boundary: the line written there and all later ones are lost.
    wait_until(lambda: (small_disk / "log").stat().st_size % mmap.PAGESIZE == 0)
    server.crowd(20)
    rest.unlink()
    server.stop()
    text = (small_disk / "log").read_text()
    assert lost_lines(text) > 0
    assert text.splitlines()[-1].endswith(" event=stopped")


@pytest.fixture
def full_notify_socket(tmp_path):
    """A socket with a full queue: the socket, its name, and the number of queued datagrams."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        listening.bind(name)
        listening.settimeout(20)
        filler.setblocking(False)
        count = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                filler.sendto(b"other", name)
                count += 1
        yield listening, name, count


def test_a_full_notify_socket_gets_ready_when_it_has_room(start, full_notify_socket):
    listening, name, count = full_notify_socket
    server = start(env=os.environ | {"NOTIFY_SOCKET": name})
    server.connect().ping()
    assert [listening.recv(100) for _ in range(count + 1)] == [b"other"] * count + [b"READY=1"]
    server.stop()
    assert listening.recv(100) == b"STOPPING=1"


def test_a_full_notify_socket_delays_neither_clients_nor_stop(start, full_notify_socket):
    _, name, _ = full_notify_socket
    server = start(env=os.environ | {"NOTIFY_SOCKET": name})
    server.connect().ping()
    server.stop()
