"""A server under attack, and a healthy client that must not be affected.

At the end of each test the healthy client must have had every reply, and the server's memory must
be below its cap. The output ends with the latencies of each attack. They fail the run only with
--max-p99, because other programs on the machine delay replies as well. A test is too short for many
replies; with --answers the healthy client continues while the attackers are still connected."""

import collections
import resource
import subprocess
import sys

import pytest

from attacked import HERE, MIB, Attacked

CAP = 64 * MIB

reports = collections.defaultdict(list)  # by attack


@pytest.fixture
def attacked(tcpstored, request):
    """Starts a server with a cap on its memory. With `operations` "reads" the healthy client writes
    nothing, for tests that exhaust the memory."""
    running = []

    def start(*flags, operations="all", cap=CAP):
        server, connect = tcpstored("--max-memory", str(cap), *flags)
        replies = request.config.getoption("answers")
        running.append(Attacked(server, connect, operations, cap, replies))
        return running[-1]

    yield start
    for each in running:
        report = each.finish()
        reports[request.function.__name__].append(report)


@pytest.fixture
def swarm():
    """Starts processes with many clients each."""
    processes = []

    def start(attacked, count, *keys):
        processes.append(subprocess.Popen(
            [sys.executable, HERE / "swarm.py", str(attacked.port), str(count), *keys], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        assert processes[-1].stdout.readline() == "connected\n"
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def feasible():
    """Limits a number of clients to what one process may open here; a sanitizer makes each client
    expensive, so that there are fewer."""
    def feasible(attacked, wanted):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return min(wanted // 5 if attacked.sanitized else wanted, hard - 200)

    return feasible


def sorted_latencies(attack):
    """In milliseconds."""
    return sorted(1000 * seconds for report in reports[attack] for seconds in report.seconds)


def p99(latencies):
    return latencies[len(latencies) * 99 // 100]


def pytest_sessionfinish(session):
    allowed = session.config.getoption("max_p99")
    latencies = filter(None, map(sorted_latencies, reports))
    if allowed is not None and any(p99(each) > allowed for each in latencies):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if reports:
        terminalreporter.section("the healthy client: p50, p99 and maximum latency in ms")
    for attack in reports:
        latencies = sorted_latencies(attack)
        line = f"{len(latencies):6} replies"
        if latencies:
            line += (f" {latencies[len(latencies) // 2]:6.2f} {p99(latencies):6.2f} "
                     f"{latencies[-1]:6.1f}")
        peak = max(report.memory for report in reports[attack])
        terminalreporter.write_line(f"{line}; server {peak / MIB:3.0f} MiB at most: {attack}")
