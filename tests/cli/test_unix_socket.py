"""`tcpstored --unix`, and `tcpstore-cli` and `tcpstore-bench` on that socket."""

import grp
import json
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys

import pytest

from support.cli import run_cli
from support.client import Client
from support.servers import Tcpstored, program, tcpstored_program

CLIENT = """
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(bytes.fromhex(sys.argv[2]))
print("connected", flush=True)
sys.stdin.read()
"""

UNREACHABLE, NO_HTTP = 3, 6


def run(*flags):
    """Runs to the exit, for starts that are refused."""
    return subprocess.run([tcpstored_program(), *map(str, flags)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "store.sock")


@pytest.fixture
def start(tmp_path_factory, path):
    """Starts servers on the path, and stops those that still run."""
    started = []

    def start(*flags, **options):
        started.append(Tcpstored(tmp_path_factory.mktemp("server"), "--unix", path, *flags,
                                 **options))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.stop()


@pytest.fixture
def cli(path):
    return lambda *words, **options: run_cli("-h", f"unix:{path}", *words, **options)


def test_the_first_line_and_the_log_name_the_socket(start, path):
    server = start(stdout=subprocess.PIPE)
    port = server.address[1]
    assert server.process.stdout.readline() == (
        f"serving on 127.0.0.1:{port} and unix:{path}, this host only; other hosts: --bind ::\n")
    assert server.log.wait_for("event=serving").endswith(
        f"addresses=127.0.0.1:{port} unix={path}")


def test_clients_of_the_port_and_of_the_socket_share_keys(start, cli, path):
    server = start()
    client = Client(path)
    client.set("/key", "value")
    client.settle()
    assert cli("get", "key").lines == ["value"]
    assert run_cli("-h", "127.0.0.1", "-p", server.address[1], "get", "key").lines == ["value"]
    client.close()


def test_only_the_owner_may_connect_unless_a_mode_is_given(start, path):
    start()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_mode_and_owner_are_those_of_the_flags(start, path):
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    start("--unix-mode", "0666", "--unix-owner", f"{user}:{group}")
    status = os.stat(path)
    assert stat.S_IMODE(status.st_mode) == 0o666
    assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())


def connects_as(user, group, path):
    """Whether a process of that user and group can connect. It begins in the folder, which it could
    not reach by its path."""
    child = os.fork()
    if child == 0:
        try:
            os.chdir(os.path.dirname(path))
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            socket.socket(socket.AF_UNIX).connect(os.path.basename(path))
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("flags, expected", [
    ((), False),
    (("--unix-mode", "0666"), True),
    (("--unix-owner", "4711"), True),
    (("--unix-owner", ":4712"), False),
    (("--unix-mode", "660", "--unix-owner", ":4712"), True),
])
def test_another_user_connects_only_with_a_mode_or_owner_that_lets_it(start, path, flags, expected):
    os.chmod(os.path.dirname(path), 0o755)
    start(*flags)
    assert connects_as(4711, 4712, path) is expected


def test_the_file_is_removed_at_exit(start, path):
    server = start()
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    server.stop()
    assert not os.path.exists(path)


def test_the_file_of_a_killed_server_is_replaced(start, path):
    server = start()
    server.process.kill()
    server.process.wait(20)
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    start()
    Client(path).ping()


def test_a_file_that_another_server_has_put_there_stays_at_exit(start, path):
    server = start()
    os.unlink(path)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        server.stop()
        assert stat.S_ISSOCK(os.stat(path).st_mode)


def test_a_path_on_which_a_server_listens_is_refused(start, path):
    start()
    done = run("--port", "0", "--unix", path)
    assert done.returncode == 1 and done.stdout == ""
    assert (f"tcpstored: unix {path}: a program listens there already; stop it ('ss -xlp' shows it), "
            "or choose another path\n") in done.stderr
    Client(path).ping()


def test_a_file_that_is_no_socket_is_refused_and_stays(path):
    with open(path, "w") as file:
        file.write("precious")
    done = run("--port", "0", "--unix", path)
    assert done.returncode == 1
    assert f"tcpstored: unix {path}: a file that is no socket is there; remove it" in done.stderr
    assert open(path).read() == "precious"


def test_a_start_that_fails_later_leaves_no_file(path, tmp_path):
    done = run("--port", "0", "--unix", path, "--port-file", tmp_path / "missing" / "port")
    assert done.returncode == 1
    assert not os.path.exists(path)


@pytest.mark.parametrize("flags, words", [
    (("--unix", "/tmp/" + "x" * 103), "the path has 108 bytes, a Unix socket can have 107"),
    (("--unix-mode", "0660"), "--unix-mode 0660: without --unix PATH there is no Unix socket"),
    (("--unix-owner", "root"), "--unix-owner root: without --unix PATH there is no Unix socket"),
    (("--unix", "/s", "--unix-mode", "rw"), "--unix-mode rw: expected permissions in octal"),
    (("--unix", "/s", "--unix-mode", "0680"), "--unix-mode 0680: expected permissions in octal"),
    (("--unix", "/s", "--unix-mode", "1777"), "--unix-mode 1777: expected permissions in octal"),
    (("--unix", "/s", "--unix-owner", "no one"), "this machine has no user 'no one'"),
    (("--unix", "/s", "--unix-owner", "0:no one"), "this machine has no group 'no one'"),
    (("--unix", "/s", "--unix-owner", ":"), "expected USER, USER:GROUP or :GROUP"),
    (("--unix", "/s", "--unix-owner", "4294967295"), "this machine has no user '4294967295'"),
])
def test_a_wrong_command_line_is_refused(flags, words):
    done = run(*flags)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_process_on_the_socket_is_named_with_its_rank(start, cli, path):
    from support import wire

    start()
    process = subprocess.Popen([sys.executable, "-c", CLIENT, path, wire.validate().hex()],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=os.environ | {"RANK": "7"})
    assert process.stdout.readline() == b"connected\n"
    waiter = Client(path)
    waiter.set("default_pg/0//cpu//0/0", "address")
    waiter.wait("default_pg/0//cpu//0/7")
    waiter.assert_still_waiting()
    client = json.loads(cli("--json", "clients").lines[0])
    assert (client["peer"], client["pid"], client["rank"]) == (f"unix:{process.pid}", process.pid, 7)
    why = cli("--world", "8", "--hang", "0", "why").stdout
    assert f"pid {process.pid}" in why and "rank 7" in why
    process.stdin.close()
    process.wait(20)
    process.stdout.close()
    waiter.close()


def test_identify_off_names_no_process(start, cli, path):
    start("--identify", "off")
    client = Client(path)
    client.ping()
    found = json.loads(cli("--json", "clients").lines[0])
    assert (found["peer"], found["pid"], found["process"]) == (client.name, None, None)
    client.close()


def test_http_of_the_command_line_uses_the_socket(start, cli):
    start("--allow", "192.0.2.0/24", "--http-allow", "192.0.2.0/24")  # not this host
    assert cli("stat").status == 0
    assert cli("stores", "open", "job-1").status == 0
    assert "job-1" in cli("stores").stdout


def test_without_a_server_the_command_line_names_the_socket(cli, path):
    for words in (("get", "key"), ("why",)):
        done = cli(*words)
        assert done.status == UNREACHABLE
        assert f"unix:{path}: " in done.stderr and "No such file or directory" in done.stderr


def test_a_server_without_http_is_named_by_its_socket(start, cli, path):
    start("--http", "off")
    done = cli("why")
    assert done.status == NO_HTTP
    assert f"why: the store at unix:{path} does not answer over HTTP" in done.stderr
    assert f"tcpstore-cli -h unix:{path} missing " in done.stderr


def test_a_port_beside_a_unix_socket_is_refused(cli, path):
    done = cli("-p", "29500", "get", "key")
    assert done.status == 2
    assert f"--port 29500: --host unix:{path} has no port; leave one out" in done.stderr


def test_master_addr_can_be_a_unix_socket(start, path, monkeypatch):
    start()
    monkeypatch.setenv("MASTER_ADDR", f"unix:{path}")
    monkeypatch.setenv("MASTER_PORT", "1")
    assert run_cli("ping").status == 0


def test_the_load_generator_uses_the_socket(start, path):
    start()
    done = subprocess.run([program("tcpstore-bench"), "--host", f"unix:{path}", "--scenario",
                           "ping", "--clients", "4", "--seconds", "0.2"], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_draining_ends_when_clients_of_the_socket_have_left(start, path):
    server = start()
    client = Client(path)
    client.ping()
    server.process.send_signal(signal.SIGUSR2)
    assert f" left={client.name} " in server.log.wait_for("event=draining")
    client.close()
    assert server.process.wait(20) == 0
    assert not os.path.exists(path)


def test_a_socket_of_the_wrong_kind_that_is_handed_over_is_refused():
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("")
        descriptor = listener.fileno()
        done = subprocess.run([tcpstored_program(), "--listen-fd", str(descriptor)],
                              pass_fds=[descriptor], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "is not a TCP socket; hand over one that is bound to a port" in done.stderr
    assert "--unix" in done.stderr
