"""`tcpstored` from the outside: flags, first line, log, signals."""

import ipaddress
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support import wire
from support.client import Client
from support.servers import is_sanitized, tcpstored_program

LINE = re.compile(r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warn|error) "
                  r"event=[a-z-]+( [a-z_]+=(\S+|\"([^\"\\]|\\.)*\"))*$")


def run(*flags):
    """Runs to the exit, for command lines that are refused or only print."""
    return subprocess.run([tcpstored_program(), *map(str, flags)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)


class Daemon:
    def __init__(self, *flags, **options):
        self.process = subprocess.Popen([tcpstored_program(), *map(str, flags)], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **options)
        self.first_line = self.process.stdout.readline().rstrip("\n")

    @property
    def port(self):
        return int(re.search(r":(\d+)(,| and)", self.first_line)[1])

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log


@pytest.fixture
def daemon():
    daemons = []

    def start(*flags, **options):
        daemons.append(Daemon(*flags, **options))
        return daemons[-1]

    yield start
    for each in daemons:
        each.process.kill()
        each.process.communicate()


def connect(port, host="127.0.0.1"):
    return Client((host, port), timeout=20)


def test_help_fits_80_columns_and_lists_every_flag():
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    for flag in ("port", "bind", "allow", "listen-fd", "port-file", "log-level", "max-key-bytes",
                 "max-value-bytes", "max-keys-per-request", "max-memory", "max-clients",
                 "max-queue-entries", "validate-timeout", "slow-wait", "output-high-water",
                 "output-hard-cap", "http", "http-allow", "http-bind", "identify", "record",
                 "record-file", "help", "version"):
        assert f"--{flag}" in done.stdout


def test_h_prints_the_same_as_help():
    assert run("-h").stdout == run("--help").stdout
    assert run("-h").returncode == 0


@pytest.mark.parametrize("written, size", [
    ("512m", 512 << 20), ("512Mi", 512 << 20), ("512MiB", 512 << 20), ("2GB", 2 << 30),
    ("1T", 1 << 40), ("1tib", 1 << 40),
])
def test_a_size_with_any_usual_suffix_is_accepted(daemon, written, size):
    started = daemon("--port", 0, "--max-memory", written)
    assert f"memory={size}" in started.end()[1]


def test_version_prints_the_version_and_exits():
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"tcpstored \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("flags, word", [
    (["--port", "99999"], "99999"),
    (["--port", "-1"], "-1"),
    (["--port", "http"], "http"),
    (["--bind", "localhost"], "--bind localhost: not a numeric address"),
    (["--bind", "fe80::1"], "--bind fe80::1: a link-local address needs its interface"),
    (["--bind", "fe80::1%nowhere"], "no interface named 'nowhere'"),
    (["--bind", "224.0.0.1"], "--bind 224.0.0.1: a multicast"),
    (["--allow", "localhost"], "--allow localhost: not a network"),
    (["--allow", ""], "--allow '': empty, perhaps from an unset variable"),
    (["--bind", ""], "--bind '': empty"),
    (["--port-file", ""], "--port-file '': empty"),
    (["--allow", "10.0.0.0/"], "not a network"),
    (["--allow", "10.0.0.0/33"], "not a network"),
    (["--allow", "10.0.0.0/8x"], "not a network"),
    (["--allow", "10.0.0.0/-1"], "not a network"),
    (["--allow", "fd00::/129"], "not a network"),
    (["--allow", "::ffff:0:0/95"], "not a network"),
    (["--allow", "fe80::1%lo"], "not a network"),
    (["--allow", "10.0.0.0/8", "--allow", "10.0.0.7/8"], "10.0.0.7/8: the address has bits set"),
    (["--allow", "::ffff:10.0.0.7/104"], "after its first 8"),
    (["--listen-fd", "x"], "x"),
    (["--log-level", "loud"], "loud"),
    (["--max-memory", "1P"], "--max-memory 1P: not a memory size, expected digits with an optional "
                             "K, M, G or T (powers of 1,024), for example 512M"),
    (["--max-memory", "1K"], "expected 1M or more"),
    (["--max-memory", "99999999999999999999G"], "99999999999999999999G"),
    (["--max-key-bytes", "0"], "0"),
    (["--max-key-bytes", "65536"], "65536"),
    (["--validate-timeout", "30s"], "expected seconds without a unit, for example 30"),
    (["--output-high-water", "2M", "--output-hard-cap", "1M"], "--output-hard-cap 1M: too small"),
    (["--output-high-water", "1M", "--output-hard-cap", "10M"], "--max-value-bytes 8M"),
    (["--max-value-bytes", "1G"], "--output-hard-cap 1G: too small"),
    (["--output-high-water", "1", "--max-value-bytes", "1", "--output-hard-cap", "15"],
     "--output-hard-cap 15: too small"),
    (["--no-such-flag"], "no-such-flag"),
    (["stray"], "stray"),
    (["--port"], "port"),
])
def test_a_wrong_command_line_is_refused(flags, word):
    done = run(*flags)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("tcpstored: ") and word in done.stderr
    assert "tcpstored --help" in done.stderr


def test_the_first_line_has_the_address_and_how_to_admit_other_hosts(daemon):
    started = daemon("--port", 0)
    assert re.fullmatch(r"serving on 127\.0\.0\.1:\d+, this host only; other hosts: --bind ::",
                        started.first_line)
    connect(started.port).ping()


def test_bind_to_every_interface_admits_any_host(daemon):
    started = daemon("--port", 0, "--bind", "::")
    assert "any host that can reach it" in started.first_line
    connect(started.port).ping()


@pytest.mark.parametrize("addresses, serving, included", [
    (["::", "127.0.0.1"], "[::]:PORT, any host that can reach it", ["127.0.0.1"]),
    (["127.0.0.1", "127.0.0.1"], "127.0.0.1:PORT, this host only", ["127.0.0.1"]),
    (["::ffff:127.0.0.1", "127.0.0.2"], "127.0.0.1:PORT and 127.0.0.2:PORT, this host only", []),
    (["127.0.0.2", "0.0.0.0", "127.0.0.1"], "0.0.0.0:PORT, any host that can reach it",
     ["127.0.0.2", "127.0.0.1"]),
])
def test_the_first_line_has_every_address_served_once(daemon, addresses, serving, included):
    started = daemon("--port=0", *(f"--bind={address}" for address in addresses))
    expected = "serving on " + serving.replace("PORT", str(started.port))
    assert started.first_line.startswith(expected)
    connect(started.port).ping()
    _, log = started.end()
    assert re.findall(r"event=address-included address=(\S+)", log) == included


def link_local_address():
    """A link-local address of this machine with its interface, or None."""
    addresses = Path("/proc/net/if_inet6")
    for line in addresses.read_text().splitlines() if addresses.exists() else []:
        digits, *_, interface = line.split()
        if digits.startswith("fe80"):
            return f"{ipaddress.IPv6Address(bytes.fromhex(digits))}%{interface}"
    return None


@pytest.mark.skipif(not link_local_address(), reason="no interface has a link-local address")
def test_a_link_local_address_is_shown_with_its_interface(daemon):
    address = link_local_address()
    started = daemon("--port=0", "--bind", address)
    assert started.first_line.startswith(f"serving on [{address}]:{started.port}")
    connect(started.port, address).ping()


def test_allow_is_named_in_the_first_line(daemon):
    started = daemon("--port", 0, "--bind", "::", "--allow", "127.0.0.0/8")
    assert started.first_line.endswith(", hosts in the networks of --allow")
    connect(started.port).ping()


@pytest.mark.parametrize("flags, words", [
    (["--trunk=127.0.0.1:0"], "this host only; relays: trunk on 127.0.0.1:PORT"),
    (["--bind=::", "--trunk=127.0.0.1:0"], "any host that can reach it; relays: trunk on 127.0.0.1:PORT"),
    (["--trunk=0.0.0.0:0", "--insecure-trunk"],
     "this host only; relays: trunk on 0.0.0.0:PORT; trunks are NOT ENCRYPTED (--insecure-trunk)"),
    (["--upstream=localhost:1"], "this host only; relay of the store at localhost:1"),
    (["--upstream=localhost:1", "--upstream=[::1]:2", "--upstream=127.0.0.1:3"],
     "this host only; relay of the store at localhost:1, [::1]:2 or 127.0.0.1:3"),
    (["--upstream=localhost:1", "--bind=::"], "any host that can reach it; relay of the store at localhost:1"),
    (["--upstream=localhost:1", "--trunk=127.0.0.1:0"],
     "this host only; relay of the store at localhost:1; relays: trunk on 127.0.0.1:PORT"),
])
def test_the_first_line_names_the_trunk_and_the_upstreams(daemon, flags, words):
    started = daemon("--port=0", *flags)
    assert re.sub(r":\d{4,}", ":PORT", started.first_line).endswith(":PORT, " + words)


def test_the_first_line_is_one_line_whatever_the_upstream_is_called(daemon):
    started = daemon("--port=0", "--upstream", "a\n\x1bb:1", "--insecure-trunk")
    assert r"relay of the store at a\x0a\x1bb:1; trunks" in started.first_line


def test_the_log_names_the_upstreams(daemon):
    started = daemon("--port=0", "--upstream=localhost:1", "--upstream=[::1]:2")
    _, log = started.end()
    [line] = [line for line in log.splitlines() if "event=serving" in line]
    assert line.endswith(f" addresses=127.0.0.1:{started.port} upstream=localhost:1,[::1]:2")


def test_several_addresses_share_the_port(daemon):
    started = daemon("--port=0", "--bind", "127.0.0.1", "--bind", "127.0.0.2")
    assert f"127.0.0.1:{started.port} and 127.0.0.2:{started.port}" in started.first_line
    connect(started.port).ping()
    connect(started.port, "127.0.0.2").ping()


def test_an_address_in_use_is_reported_with_the_next_step(daemon):
    started = daemon("--port", 0)
    done = run("--port", started.port)
    assert done.returncode == 1 and done.stdout == ""
    assert f"address in use: 127.0.0.1:{started.port}" in done.stderr
    assert "another port" in done.stderr


@pytest.mark.parametrize("listening", [False, True])
def test_an_inherited_socket_is_served(daemon, listening):
    with socket.create_server(("127.0.0.1", 0)) if listening else socket.socket() as inherited:
        if not listening:
            inherited.bind(("127.0.0.1", 0))
        started = daemon("--listen-fd", inherited.fileno(), pass_fds=[inherited.fileno()])
        assert started.port == inherited.getsockname()[1]
    connect(started.port).ping()


def test_an_inherited_socket_with_a_different_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as inherited:
        port = inherited.getsockname()[1]
        done = subprocess.run([tcpstored_program(), "--port", "1", "--listen-fd",
                               str(inherited.fileno())], pass_fds=[inherited.fileno()], timeout=30,
                              capture_output=True, text=True)
    assert done.returncode == 1
    assert f"bound to port {port}, expected port 1" in done.stderr


def test_a_descriptor_that_is_not_a_socket_is_refused():
    done = run("--listen-fd", 0)
    assert done.returncode == 1 and "not a TCP socket" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_disconnects_clients_and_exits_with_0(daemon, number):
    started = daemon("--port", 0)
    clients = [connect(started.port) for _ in range(20)]
    for client in clients:
        client.wait("never")
        client.ping()
    status, log = started.end(number)
    assert status == 0 and "event=stopped" in log and number.name in log
    assert clients[0].socket.recv(1) == b""
    again = daemon("--port", started.port)
    assert again.port == started.port


def test_a_signal_right_after_the_start_stops_it():
    process = subprocess.Popen([tcpstored_program(), "--port", "0"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.readline()
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_each_event_is_one_line_of_names_and_values(daemon):
    started = daemon("--port", 0, "--log-level", "debug")
    client = connect(started.port)
    client.send(wire.set_value('k"\n\x00', "x") + wire.add('k"\n\x00', 1))
    assert client.socket.recv(1) == b""
    status, log = started.end()
    assert status == 0
    for line in log.splitlines():
        assert LINE.match(line), line
    refused = next(line for line in log.splitlines() if "operation=ADD" in line)
    assert r'key="k\"\x0a\x00"' in refused and "not a decimal number" in refused
    assert f"client={client.name} " in refused


@pytest.mark.parametrize("level, shown", [("info", True), ("error", False)])
def test_the_log_level_filters_events(daemon, level, shown):
    started = daemon("--port", 0, "--log-level", level)
    client = connect(started.port)
    client.send(b"\xff")
    assert client.socket.recv(1) == b""
    _, log = started.end()
    assert ("event=client-closed" in log) == shown
    assert "level=debug" not in log


def test_the_descriptor_limit_is_raised_and_logged(daemon):
    soft, hard = 64, 256
    started = daemon("--port", 0,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)))
    limits = Path(f"/proc/{started.process.pid}/limits").read_text()
    assert re.search(rf"Max open files\s+{hard}\s+{hard}", limits)
    _, log = started.end()
    assert (f"event=limits clients={hard - 36} clients_bound=ulimit "
            f"descriptors={hard} descriptors_bound=ulimit ") in log


def test_the_table_of_descriptors_is_large_from_the_start(daemon):
    """To grow it later takes the kernel 10 to 20 ms, in which no client is answered."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    started = daemon("--port", 0)
    connect(started.port).ping()
    status = Path(f"/proc/{started.process.pid}/status").read_text()
    assert int(re.search(r"FDSize:\s+(\d+)", status)[1]) >= min(hard, 65536) - 64


def test_limits_set_by_flags_are_logged_with_that_cause(daemon):
    started = daemon("--port", 0, "--max-clients", 5, "--max-memory", "3M")
    _, log = started.end()
    assert "event=limits clients=5 clients_bound=flag " in log
    assert f" memory={3 << 20} memory_bound=flag" in log


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer maps more than any such limit")
def test_a_memory_limit_of_the_shell_lowers_the_default():
    half = 100 << 20
    done = subprocess.run([tcpstored_program(), "--help"], capture_output=True, text=True,
                          timeout=30, preexec_fn=lambda: resource.setrlimit(
                              resource.RLIMIT_DATA, (2 * half, 2 * half)))
    assert "(default 100M)" in " ".join(done.stdout.partition("--max-memory")[2].split())


def cpu_ticks(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_client_beyond_the_descriptor_limit_does_not_wait_for_the_retry(daemon):
    started = daemon("--port", 0)
    inside = [connect(started.port) for _ in range(4)]
    for client in inside:
        client.ping()
    used = len(os.listdir(f"/proc/{started.process.pid}/fd"))
    resource.prlimit(started.process.pid, resource.RLIMIT_NOFILE, (used, used))
    outside, waits = [], []
    for _ in range(3):
        outside.append(connect(started.port))
        outside[-1].send(wire.ping(7))
        inside[0].ping()
        begun = time.monotonic()
        inside.pop().close()
        assert outside[-1].read_u32() == 7
        waits.append(time.monotonic() - begun)
    assert min(waits) < 0.5  # a second passes between two tries
    started.end()


def test_a_client_beyond_the_descriptor_limit_is_served_when_another_leaves(daemon):
    started = daemon("--port", 0)
    inside = [connect(started.port) for _ in range(4)]
    for client in inside:
        client.ping()
    used = len(os.listdir(f"/proc/{started.process.pid}/fd"))
    resource.prlimit(started.process.pid, resource.RLIMIT_NOFILE, (used, used))

    outside = connect(started.port)
    outside.send(wire.ping(7))
    for client in inside:
        client.ping()
    before = cpu_ticks(started.process)
    assert not select.select([outside.socket], [], [], 1)[0], "served without a descriptor"
    assert cpu_ticks(started.process) - before < 20, "busy loop"

    inside.pop().close()
    assert outside.read_u32() == 7
    status, log = started.end()
    assert status == 0 and log.count("event=accept-paused") == 1
