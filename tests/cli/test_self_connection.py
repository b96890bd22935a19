"""If nothing listens on a port and the kernel picks it for the client, the client is connected to
itself: the programs report a refused connection."""

import subprocess
import sys

import pytest

from support.servers import tcpstored_program

PORT = 40000

# In a separate network namespace, where the kernel picks that port for every client.
IN_A_NETWORK = f"""
import fcntl, os, socket, struct, sys
SET_FLAGS, UP = 0x8914, 1
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh", b"lo", UP))
with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as ports:
    ports.write("{PORT} {PORT}")
os.execv(sys.argv[1], sys.argv[1:])
"""


def run_in_a_network(*command):
    return subprocess.run(["unshare", "--net", "--map-root-user", sys.executable, "-c",
                           IN_A_NETWORK, *map(str, command)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.fixture(scope="module", autouse=True)
def networks():
    tried = run_in_a_network("/bin/true")
    if tried.returncode:
        pytest.skip(f"cannot create a network namespace: {tried.stderr.strip()}")


def test_the_command_line_connected_to_itself_reports_a_refused_connection():
    program = tcpstored_program().parent / "tcpstore-cli"
    done = run_in_a_network(program, "-h", "127.0.0.1", "-p", PORT, "--timeout", "0.5", "ping")
    assert done.returncode == 3
    assert "connection refused" in done.stderr


def test_the_benchmark_connected_to_itself_reports_a_refused_connection():
    program = tcpstored_program().parent / "tcpstore-bench"
    done = run_in_a_network(program, "--host", "127.0.0.1", "--port", PORT, "--scenario", "set")
    assert done.returncode == 1
    assert "Connection refused" in done.stderr
