"""`tcpstored` as systemd starts it: a socket handed over, and word of how it is."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from support.client import Client
from support.servers import tcpstored_program

# Between fork and exec: the descriptors from 3 on, and whom they are for.
LAUNCHER = """
import os, sys
descriptors, for_us = sys.argv[1].split(), sys.argv[2] == "True"
for target, descriptor in enumerate(descriptors, 3):
    os.dup2(int(descriptor), target)
os.environ["LISTEN_PID"] = str(os.getpid() if for_us else os.getppid())
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def handed():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def start():
    """Starts it with those sockets, `count` of them as LISTEN_FDS says."""
    processes = []

    def start(*sockets, flags=("--port", "0"), count=None, for_us=True, environment=()):
        out_of_the_way = 100  # of the numbers that they will have
        descriptors = [fcntl.fcntl(each, fcntl.F_DUPFD, out_of_the_way) for each in sockets]
        variables = {"LISTEN_FDS": str(len(sockets) if count is None else count)}
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, " ".join(map(str, descriptors)), str(for_us),
             tcpstored_program(), *flags], env=os.environ | variables | dict(environment),
            pass_fds=descriptors, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        for descriptor in descriptors:
            os.close(descriptor)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def port_of(process):
    return int(re.search(r":(\d+),", process.stdout.readline())[1])


def ended(process):
    output, log = process.communicate(timeout=20)
    return process.returncode, output, log


def test_the_socket_is_served(start, handed):
    process = start(handed, flags=())
    assert port_of(process) == handed.getsockname()[1]
    client = Client(handed.getsockname())
    client.ping()
    client.close()


def test_what_is_meant_for_another_process_is_left_alone(start, handed):
    assert port_of(start(handed, for_us=False)) != handed.getsockname()[1]


def test_none_is_none(start):
    assert port_of(start(count=0))


def test_a_descriptor_that_is_named_is_the_one(start, handed):
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = start(handed, other, flags=("--listen-fd", "4"))
        assert port_of(process) == other.getsockname()[1]


def test_a_socket_that_was_shut_down_is_tried_again_once_a_second(start, handed):
    process = start(handed, flags=())
    port_of(process)
    inside = Client(handed.getsockname())
    inside.ping()
    handed.shutdown(socket.SHUT_RDWR)
    count = 0
    while count < 3:
        count += "event=accept-failed " in process.stderr.readline()
    inside.ping()
    inside.close()
    process.terminate()
    status, _, log = ended(process)
    assert status == 0 and "event=log-suppressed" not in log


@pytest.mark.parametrize("count", ["2", "-1", "x", ""])
def test_another_number_than_one_is_refused(start, handed, count):
    status, output, log = ended(start(handed, handed, count=count))
    assert (status, output) == (2, "")
    assert f"LISTEN_FDS={count}: " in log and "one ListenStream=" in log


def test_what_is_no_tcp_socket_is_refused(start, tmp_path):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "socket"))
        status, output, log = ended(start(other))
    assert (status, output) == (1, "")
    assert "descriptor 3 is not a TCP socket" in log


def test_it_has_the_port_asked_for_and_no_address_of_its_own(start, handed):
    status, _, log = ended(start(handed, flags=("--port", "1")))
    assert status == 1 and "expected port 1" in log
    status, _, log = ended(start(handed, flags=("--bind", "::")))
    assert status == 2 and "--bind ::" in log and "already bound" in log


@pytest.fixture(params=["in a folder", "in none"])
def listening(request, tmp_path):
    """A socket to be told at, and its name as NOTIFY_SOCKET has it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = str(tmp_path / "notify") if request.param == "in a folder" else "\0" + str(tmp_path)
        listening.bind(name)
        listening.settimeout(20)
        yield listening, name.replace("\0", "@")


def test_it_tells_when_it_is_ready_and_when_it_stops(start, handed, listening):
    told, name = listening
    process = start(handed, environment={"NOTIFY_SOCKET": name})
    assert told.recv(100) == b"READY=1"
    client = Client(handed.getsockname())
    client.ping()
    process.send_signal(signal.SIGTERM)
    assert told.recv(100) == b"STOPPING=1"
    status, _, log = ended(process)
    assert status == 0 and "notify-failed" not in log
    client.close()


def test_it_does_not_say_ready_when_it_is_not(start, handed, listening, tmp_path):
    told, name = listening
    flags = ("--port-file", str(tmp_path / "missing" / "port"))
    assert ended(start(handed, flags=flags, environment={"NOTIFY_SOCKET": name}))[0] == 1
    told.setblocking(False)
    with pytest.raises(BlockingIOError):
        told.recv(100)


@pytest.mark.parametrize("name", ["/nobody/reads/here", "no-path", "/" + "long" * 50])
def test_it_serves_though_nobody_is_told(start, handed, name):
    process = start(handed, environment={"NOTIFY_SOCKET": name})
    port_of(process)
    client = Client(handed.getsockname())
    client.ping()
    client.close()
    process.terminate()
    status, _, log = ended(process)
    assert status == 0 and log.count("event=notify-failed state=READY=1 reason=") == 1
