"""`tcpstored --port-file` writes the port into files, FIFOs, descriptors and devices."""

import fcntl
import os
import re
import signal
import socket
import stat
import subprocess
import threading

import pytest

from support.client import Client
from support.servers import tcpstored_program
from support.waiting import wait_until

SECONDS = 20


def command(path):
    return [tcpstored_program(), "--port", "0", "--port-file", str(path)]


@pytest.fixture
def start():
    """Starts the daemon; returns the process and its port when it serves."""
    processes = []

    def start(path, **options):
        process = subprocess.Popen(command(path), stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        processes.append(process)
        return process, re.search(r":(\d+),", process.stdout.readline())[1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def refusal(path, **options):
    done = subprocess.run(command(path), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS, **options)
    assert done.returncode == 1 and done.stdout == ""
    assert f"tcpstored: --port-file {path}: " in done.stderr
    return done.stderr.rpartition(f"{path}: ")[2]


def assert_it_serves(port):
    client = Client(("127.0.0.1", int(port)), timeout=SECONDS)
    client.ping()
    client.close()


def read_in_a_thread(path):
    """Reads to the end of the file, as `cat` does."""
    read = []
    thread = threading.Thread(target=lambda: read.append(path.read_text()), daemon=True)
    thread.start()
    return thread, read


@pytest.fixture
def dev_stdout():
    """Restores it if the daemon, running as root, replaces it."""
    name, target = "/dev/stdout", os.readlink("/dev/stdout")
    yield name
    if not os.path.islink(name):
        os.remove(name)
        os.symlink(target, name)


def type_of(path):
    return stat.S_IFMT(os.lstat(path).st_mode)


def test_a_new_file_leaves_no_temporary_file(start, tmp_path):
    _, port = start(tmp_path / "port")
    assert (tmp_path / "port").read_text() == f"{port}\n"
    assert os.listdir(tmp_path) == ["port"]


def test_an_existing_file_is_replaced_atomically(start, tmp_path):
    path = tmp_path / "port"
    path.write_text("of an earlier run")
    with path.open() as before:
        _, port = start(path)
        assert before.read() == "of an earlier run"
    assert path.read_text() == f"{port}\n"
    assert os.listdir(tmp_path) == ["port"]


def test_a_start_that_fails_leaves_an_earlier_file_as_it_was(start, tmp_path):
    """It may be that of the server that has the port."""
    path = tmp_path / "port"
    _, port = start(path)
    failed = subprocess.run([tcpstored_program(), "--port", port, "--port-file", path],
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    assert failed.returncode == 1
    assert path.read_text() == f"{port}\n"


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("relative", [True, False])
def test_a_link_stays_and_its_target_is_replaced(start, tmp_path, exists, relative):
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    own.mkdir()
    target = shared / "port"
    (own / "link").symlink_to("../shared/port" if relative else target)
    (own / "chain").symlink_to("link")
    if exists:
        target.write_text("of an earlier run")
    _, port = start(own / "chain")
    assert type_of(own / "chain") == type_of(own / "link") == stat.S_IFLNK
    assert type_of(target) == stat.S_IFREG and target.read_text() == f"{port}\n"
    assert os.listdir(shared) == ["port"] and sorted(os.listdir(own)) == ["chain", "link"]


def test_a_loop_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "symbolic links form a loop" in refusal(tmp_path / "a")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can create another user's link")
def test_another_users_link_in_a_sticky_directory_is_refused(tmp_path):
    sticky, target = tmp_path / "sticky", tmp_path / "target"
    sticky.mkdir()
    sticky.chmod(0o1777)
    target.write_text("precious")
    (sticky / "port").symlink_to(target)
    os.chown(sticky / "port", 12345, 12345, follow_symlinks=False)
    assert "Permission denied" in refusal(sticky / "port")
    assert target.read_text() == "precious"


def test_a_file_name_of_maximum_length_is_written(start, tmp_path):
    path = tmp_path / ("n" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    _, port = start(path)
    assert path.read_text() == f"{port}\n" and os.listdir(tmp_path) == [path.name]


def test_a_waiting_reader_of_a_fifo_gets_the_port_and_end_of_file(start, tmp_path):
    fifo = tmp_path / "port"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    _, port = start(fifo)
    assert os.read(reader, 100) == f"{port}\n".encode()
    assert os.read(reader, 100) == b""
    os.close(reader)
    assert type_of(fifo) == stat.S_IFIFO


def test_a_fifo_without_a_reader_gets_the_port_when_one_opens_it(start, tmp_path):
    fifo = tmp_path / "port"
    os.mkfifo(fifo)
    process, port = start(fifo)
    assert_it_serves(port)
    thread, read = read_in_a_thread(fifo)
    thread.join(SECONDS)
    assert read == [f"{port}\n"]
    process.terminate()
    assert "event=port-file-waits" in process.communicate(timeout=SECONDS)[1]
    assert os.listdir(tmp_path) == ["port"] and type_of(fifo) == stat.S_IFIFO


def to_one_processor(niceness):
    """On one processor, the reader usually closes the FIFO before the daemon writes."""
    def prepare():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.nice(niceness)
    return prepare


@pytest.mark.parametrize("attempt", range(20))
def test_a_fifo_whose_reader_leaves_immediately_does_not_stop_the_start(start, tmp_path, attempt):
    fifo = tmp_path / "port"
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", ': <"$0"', fifo], preexec_fn=to_one_processor(0)):
        _, port = start(fifo, preexec_fn=to_one_processor(19))
    assert_it_serves(port)


def test_an_unread_fifo_does_not_delay_the_stop(start, tmp_path):
    os.mkfifo(tmp_path / "port")
    process, port = start(tmp_path / "port")
    assert_it_serves(port)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_a_name_of_standard_output_gets_the_port_before_the_first_line(tmp_path, name, dev_stdout):
    """It is a file here: if it were opened again, the first line would overwrite the port."""
    path = tmp_path / "output"
    with path.open("w") as output:
        process = subprocess.Popen(command(name), stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: "serving" in path.read_text())
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert re.fullmatch(r"(\d+)\nserving on 127\.0\.0\.1:\1, .*\n", path.read_text())
    assert os.listdir(tmp_path) == ["output"]


def test_a_link_to_standard_output_is_followed(tmp_path, dev_stdout):
    (tmp_path / "port").symlink_to(dev_stdout)
    process = subprocess.Popen(command(tmp_path / "port"), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    port, first_line = process.stdout.readline(), process.stdout.readline()
    process.terminate()
    process.communicate(timeout=SECONDS)
    assert f":{port.strip()}," in first_line
    assert type_of(tmp_path / "port") == stat.S_IFLNK


def test_an_inherited_descriptor_gets_the_port_and_is_closed(start):
    reader, writer = os.pipe()
    process, port = start(f"/dev/fd/{writer}", pass_fds=[writer])
    os.close(writer)
    with os.fdopen(reader) as end:
        assert end.read() == f"{port}\n"
    assert process.poll() is None
    assert_it_serves(port)


def test_a_closed_descriptor_is_refused():
    assert "descriptor 77 is not open; open it in the shell: 77>port" in refusal("/dev/fd/77")


def test_a_full_pipe_is_refused_without_waiting():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, bytes(4096))
    assert "its buffer is full" in refusal(f"/dev/fd/{writer}", pass_fds=[writer])
    os.close(reader)
    os.close(writer)


def test_a_character_device_is_written_to_and_not_replaced(start, tmp_path):
    """A link to a terminal, so that a faulty replacement harms no device of this machine."""
    master, terminal = os.openpty()
    link = tmp_path / "port"
    link.symlink_to(os.ttyname(terminal))
    _, port = start(link)
    assert os.read(master, 100) == f"{port}\r\n".encode()
    assert type_of(link) == stat.S_IFLNK and os.listdir(tmp_path) == ["port"]
    os.close(master)
    os.close(terminal)


@pytest.fixture
def make_device(tmp_path):
    def make(minor):
        try:
            os.mknod(tmp_path / "device", stat.S_IFCHR | 0o666, os.makedev(1, minor))
            os.close(os.open(tmp_path / "device", os.O_WRONLY))
        except PermissionError:
            pytest.skip("only root can create a device, and not on every file system")
        return tmp_path / "device"

    return make


def test_a_null_device_is_not_replaced_by_root(start, make_device):
    null = make_device(minor=3)
    _, port = start(null)
    assert_it_serves(port)
    assert type_of(null) == stat.S_IFCHR and os.listdir(null.parent) == ["device"]


def test_a_full_device_is_refused_with_the_cause(make_device):
    full = make_device(minor=7)
    assert "No space left on device" in refusal(full)
    assert type_of(full) == stat.S_IFCHR


def test_a_directory_is_refused_with_the_next_step(tmp_path):
    assert "it is a directory; name a file in it" in refusal(tmp_path)


def test_a_socket_is_refused_with_the_next_step(tmp_path):
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
        assert "it is a socket; name a file or a FIFO" in refusal(tmp_path / "socket")


def test_control_characters_in_a_refused_path_are_escaped(tmp_path):
    path = tmp_path / "two\nlines" / "\x1b[2J"
    done = subprocess.run(command(path), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS)
    assert done.returncode == 1
    shown = f"{tmp_path}/two\\x0alines/\\x1b[2J"
    assert f"tcpstored: --port-file {shown}: " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name, cause", [
    ("missing/port", "No such file or directory"), ("file/port", "Not a directory"),
])
def test_a_file_that_cannot_be_created_is_refused_with_the_cause(tmp_path, name, cause):
    (tmp_path / "file").touch()
    reason = refusal(tmp_path / name)
    assert cause in reason and "name a file" in reason
