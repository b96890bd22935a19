"""`tcpstored` takes its limits from its control group, and survives clients that fill it."""

import os
import resource
import subprocess

import pytest

from support import wire
from support.cgroups import Group
from support.client import Client, ConnectionLost
from support.servers import Tcpstored, is_sanitized, tcpstored_program

MIB = 1 << 20

UNSANITIZED = pytest.mark.skipif(
    is_sanitized(), reason="a sanitizer maps more than any heap limit")


# An address sanitizer keeps freed memory for a while, which would not fit into the group.
LEAN = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"}


@pytest.fixture
def group():
    """Creates groups, which are removed after the test."""
    groups = []

    def make(*arguments):
        groups.append(Group(*arguments))
        return groups[-1]

    yield make
    for each in reversed(groups):
        each.remove()


@pytest.fixture
def started(group, tmp_path):
    """Starts servers in a group; the tests check whether the kernel has killed them."""
    servers = []

    def start(within, *flags):
        servers.append(Tcpstored(tmp_path, *flags, preexec_fn=within.enter, env=LEAN))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.wait()
        server.log.whole()


def accepted(server, names, value):
    """The number of values stored; each refusal makes a new client."""
    count, client = 0, Client(server.address)
    for name in names:
        try:
            client.set(name, value)
            client.ping()
            count += 1
        except ConnectionLost:
            client.close()
            client = Client(server.address)
    client.close()
    return count


def assert_alive(server):
    client = Client(server.address)
    client.ping()
    client.close()
    assert server.process.poll() is None


def test_the_default_memory_is_half_of_the_groups_limit(group, started):
    server = started(group("memory").limit(256 * MIB))
    assert f"memory={128 * MIB} memory_bound=cgroup" in server.log.wait_for("event=limits ")


def test_a_smaller_outer_group_sets_the_default_memory(group, started):
    outer = group("memory").limit(256 * MIB)
    inner = group("memory", outer).limit(512 * MIB)
    server = started(inner)
    assert f"memory={128 * MIB} memory_bound=cgroup" in server.log.wait_for("event=limits ")


def test_help_shows_the_default_memory_of_the_group(group):
    done = subprocess.run([tcpstored_program(), "--help"], capture_output=True, text=True,
                          preexec_fn=group("memory").limit(256 * MIB).enter, timeout=30)
    assert "(default 128M)" in " ".join(done.stdout.partition("--max-memory")[2].split())


def test_the_default_number_of_clients_leaves_a_quarter_of_the_group_to_the_kernel(group, started):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fitting = 256 * MIB // 4 // 4096
    server = started(group("memory").limit(256 * MIB))
    line = server.log.wait_for("event=limits ")
    if hard > fitting + 100:
        assert f"clients={fitting} clients_bound=cgroup" in line
    else:
        assert "clients_bound=ulimit" in line


def test_max_memory_beyond_the_group_is_lowered_with_a_warning(group, started):
    server = started(group("memory").limit(256 * MIB), "--max-memory", "250M")
    line = server.log.wait_for("event=short-memory ")
    assert "level=warn" in line
    assert f"asked={250 * MIB} memory={160 * MIB} cgroup={256 * MIB} " in line
    line = server.log.wait_for("event=limits ")
    assert f"memory={160 * MIB} memory_bound=cgroup" in line


def test_max_memory_within_the_group_logs_no_warning(group, started):
    server = started(group("memory").limit(256 * MIB), "--max-memory", "160M")
    line = server.log.wait_for("event=limits ")
    assert f"memory={160 * MIB} memory_bound=flag" in line
    assert_alive(server)
    assert not server.log.lines_with("event=short-memory")


def assert_70_values_of_1_mib_are_refused(server):
    count = accepted(server, [f"key {number}" for number in range(70)], b"v" * MIB)
    assert_alive(server)
    assert 10 < count < 64
    server.log.wait_for("event=client-closed ", "out of memory")


def test_values_that_fill_the_group_are_refused(group, started):
    assert_70_values_of_1_mib_are_refused(started(group("memory").limit(64 * MIB)))


@UNSANITIZED
def test_values_that_fill_the_group_are_refused_even_if_max_memory_allows_more(group, started):
    server = started(group("memory").limit(64 * MIB), "--max-memory", "1G")
    assert_70_values_of_1_mib_are_refused(server)


@UNSANITIZED
def test_values_of_sizes_chosen_to_waste_memory_are_refused(group, started):
    """One small value stays on each page, so the larger ones that follow need new pages: without
    another limit, three times as much memory as the store counts."""
    server = started(group("memory").limit(64 * MIB))
    for turn, (size, kept) in enumerate([(100, 25), (5000, 10), (100_000, 8), (MIB, 5)]):
        client, names = Client(server.address), []
        try:
            while len(names) * size < 64 * MIB:
                some = [f"{turn}/{len(names) + number}" for number in range(100)]
                client.send(*(wire.set_value(name, b"v" * size) for name in some))
                client.ping()
                names += some
        except ConnectionLost:
            client.close()
            client = Client(server.address)
        try:
            for number, name in enumerate(names):
                if number % kept:
                    client.delete_key(name)
        except ConnectionLost:
            pass  # no memory for this either
        client.close()
    assert server.process.poll() is None
    server.log.wait_for("event=client-closed ", "out of memory")


def test_a_group_with_few_threads_logs_a_warning_with_the_next_step(group, started):
    server = started(group("pids").limit(2))
    line = server.log.wait_for("event=few-tasks ")
    assert "level=warn" in line and "left=" in line and "pids.max" in line


def run_until_it_serves(within):
    """Returns the first line and the whole log."""
    process = subprocess.Popen([tcpstored_program(), "--port", "0"], preexec_fn=within.enter,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=LEAN)
    log = []
    while process.poll() is None and not any("event=serving" in line for line in log):
        log.append(process.stderr.readline())
    process.terminate()
    output, rest = process.communicate(timeout=20)
    return output, "".join(log) + rest


def test_the_first_line_is_written_even_if_no_thread_can_be_started(group):
    output, log = run_until_it_serves(group("pids").limit(2))
    assert output.startswith("serving on 127.0.0.1:")
    assert "event=stdout-refused" not in log


def test_a_missing_log_thread_exits_with_the_limits_to_raise(group):
    output, log = run_until_it_serves(group("pids").limit(1))
    assert output == "" and "cannot start the log's thread" in log
    assert "ulimit -u" in log and "pids.max" in log


def test_a_group_with_enough_threads_logs_no_warning(group, started):
    server = started(group("pids").limit(20))
    assert_alive(server)
    assert not server.log.lines_with("event=few-tasks")
