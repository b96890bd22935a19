"""A server under attack, and beside it a healthy client that notices nothing.

At the end of each test the healthy client must have had every answer, and the memory of the
server must be under its cap. How long the answers took stands at the end of the output, those of
the same attack together, and counts with --max-p99 alone: another program on the machine delays
them as well. A test is too short for many answers: --answers has the healthy client go on while
its attackers are still there."""

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
    """Starts a server with a cap on its memory; `asks` "reading" has the healthy client write
    nothing, for tests in which there is no memory left."""
    running = []

    def start(*flags, asks="everything", cap=CAP):
        server, connect = tcpstored("--max-memory", str(cap), *flags)
        answers = request.config.getoption("answers")
        running.append(Attacked(server, connect, asks, cap, answers))
        return running[-1]

    yield start
    for each in running:
        report = each.finish()
        reports[request.function.__name__].append(report)


@pytest.fixture
def crowd():
    """Starts processes of many clients each."""
    processes = []

    def start(attacked, count, *keys):
        processes.append(subprocess.Popen(
            [sys.executable, HERE / "crowd.py", str(attacked.port), str(count), *keys], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL))
        assert processes[-1].stdout.readline() == "here\n"
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def many(request):
    """How many clients this machine lets one process have, of those wanted; fewer where a
    sanitizer makes each dear."""
    def many(attacked, wanted):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return min(wanted // 5 if attacked.sanitized else wanted, hard - 200)

    return many


def in_order(attack):
    """The ms that its answers took."""
    return sorted(1000 * seconds for report in reports[attack] for seconds in report.seconds)


def p99(times):
    return times[len(times) * 99 // 100]


def pytest_sessionfinish(session):
    allowed = session.config.getoption("max_p99")
    times = filter(None, map(in_order, reports))
    if allowed is not None and any(p99(each) > allowed for each in times):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if reports:
        terminalreporter.section("the healthy client: p50, p99 and longest answer in ms")
    for attack in reports:
        times = in_order(attack)
        took = f"{len(times):6} answers"
        if times:
            took += f" {times[len(times) // 2]:6.2f} {p99(times):6.2f} {times[-1]:6.1f}"
        most = max(report.memory for report in reports[attack])
        terminalreporter.write_line(f"{took}; server {most / MIB:3.0f} MiB at most: {attack}")
