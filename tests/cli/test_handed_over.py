"""`tcpstored` as systemd starts it: with an inherited socket, and a socket for notifications."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from support.client import Client
from support.http import Http
from support.servers import tcpstored_program

# Between fork and exec: puts the descriptors at 3 and up, and sets LISTEN_PID.
LAUNCHER = """
import os, sys
descriptors, for_this_process = sys.argv[1].split(), sys.argv[2] == "True"
for target, descriptor in enumerate(descriptors, 3):
    os.dup2(int(descriptor), target)
os.environ["LISTEN_PID"] = str(os.getpid() if for_this_process else os.getppid())
os.execv(sys.argv[3], sys.argv[3:])
"""


@pytest.fixture
def inherited():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def start():
    """Starts it with these sockets and `count` as LISTEN_FDS."""
    processes = []

    def start(*sockets, flags=("--port", "0"), count=None, for_this_process=True, environment=()):
        first_free = 100  # above the final numbers
        descriptors = [fcntl.fcntl(each, fcntl.F_DUPFD, first_free) for each in sockets]
        variables = {"LISTEN_FDS": str(len(sockets) if count is None else count)}
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, " ".join(map(str, descriptors)), str(for_this_process),
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


def outcome(process):
    output, log = process.communicate(timeout=20)
    return process.returncode, output, log


def test_an_inherited_socket_is_served(start, inherited):
    process = start(inherited, flags=())
    assert port_of(process) == inherited.getsockname()[1]
    client = Client(inherited.getsockname())
    client.ping()
    client.close()


@pytest.mark.parametrize("only", [True, False])
def test_stores_of_jobs_accept_what_the_inherited_socket_accepts(start, only):
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=not only) as listener:
        _, port = Http(("::1", port_of(start(listener, flags=())))).open_store("job")
        with socket.socket() as ipv4:
            refused = ipv4.connect_ex(("127.0.0.1", port)) != 0
    assert refused == only


def test_a_socket_for_another_process_is_ignored(start, inherited):
    assert port_of(start(inherited, for_this_process=False)) != inherited.getsockname()[1]


def test_with_no_inherited_socket_it_opens_one(start):
    assert port_of(start(count=0))


def test_listen_fd_takes_precedence_over_the_environment(start, inherited):
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = start(inherited, other, flags=("--listen-fd", "4"))
        assert port_of(process) == other.getsockname()[1]


def test_a_socket_that_is_shut_down_is_retried_once_a_second(start, inherited):
    process = start(inherited, flags=())
    port_of(process)
    inside = Client(inherited.getsockname())
    inside.ping()
    inherited.shutdown(socket.SHUT_RDWR)
    count = 0
    while count < 3:
        count += "event=accept-failed " in process.stderr.readline()
    inside.ping()
    inside.close()
    process.terminate()
    status, _, log = outcome(process)
    assert status == 0 and "event=log-suppressed" not in log


@pytest.mark.parametrize("count", ["2", "-1", "x", ""])
def test_a_number_of_sockets_other_than_one_is_refused(start, inherited, count):
    status, output, log = outcome(start(inherited, inherited, count=count))
    assert (status, output) == (2, "")
    assert f"LISTEN_FDS={count}: " in log and "one ListenStream=" in log


def test_a_socket_other_than_tcp_is_refused(start, tmp_path):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "socket"))
        status, output, log = outcome(start(other))
    assert (status, output) == (1, "")
    assert "descriptor 3 is not a TCP socket" in log


def test_a_different_port_or_an_address_beside_the_socket_is_refused(start, inherited):
    status, _, log = outcome(start(inherited, flags=("--port", "1")))
    assert status == 1 and "expected port 1" in log
    status, _, log = outcome(start(inherited, flags=("--bind", "::")))
    assert status == 2 and "--bind ::" in log and "already bound" in log


@pytest.fixture(params=["path", "abstract"])
def listening(request, tmp_path):
    """A socket that receives notifications, and its name for NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = str(tmp_path / "notify") if request.param == "path" else "\0" + str(tmp_path)
        listening.bind(name)
        listening.settimeout(20)
        yield listening, name.replace("\0", "@")


def test_ready_and_stopping_are_sent_to_the_notify_socket(start, inherited, listening):
    receiver, name = listening
    process = start(inherited, environment={"NOTIFY_SOCKET": name})
    assert receiver.recv(100) == b"READY=1"
    client = Client(inherited.getsockname())
    client.ping()
    process.send_signal(signal.SIGTERM)
    assert receiver.recv(100) == b"STOPPING=1"
    status, _, log = outcome(process)
    assert status == 0 and "notify-failed" not in log
    client.close()


def test_a_failed_start_sends_no_ready(start, inherited, listening, tmp_path):
    receiver, name = listening
    flags = ("--port-file", str(tmp_path / "missing" / "port"))
    assert outcome(start(inherited, flags=flags, environment={"NOTIFY_SOCKET": name}))[0] == 1
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(100)


@pytest.mark.parametrize("name", ["/nobody/reads/here", "no-path", "/" + "long" * 50])
def test_a_notify_socket_without_a_reader_logs_a_warning_and_serving_goes_on(start, inherited, name):
    process = start(inherited, environment={"NOTIFY_SOCKET": name})
    port_of(process)
    client = Client(inherited.getsockname())
    client.ping()
    client.close()
    process.terminate()
    status, _, log = outcome(process)
    assert status == 0 and log.count("event=notify-failed state=READY=1 reason=") == 1
