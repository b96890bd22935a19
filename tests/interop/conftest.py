"""PyTorch clients against the server. Without PyTorch no test runs, and the summary says so."""

import importlib.util
import os
from datetime import timedelta

import pytest

TORCH_IS_MISSING = importlib.util.find_spec("torch") is None

if TORCH_IS_MISSING and os.environ.get("CI") == "true":
    raise RuntimeError("PyTorch is not installed, and CI requires the interop tests; to install "
                       "it: make deps FOR=test")

# PyTorch looks up the host name of ::ffff:127.0.0.1 when it connects or warns. If no DNS server
# answers, that would take five seconds each time.
os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:1")

collect_ignore_glob = ["test_*.py"] if TORCH_IS_MISSING else []


def pytest_sessionfinish(session, exitstatus):
    """Without PyTorch, collecting no tests is not a failure."""
    if TORCH_IS_MISSING and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter):
    if TORCH_IS_MISSING:
        terminalreporter.section("PyTorch is not installed: NO INTEROP TEST WAS RUN", red=True)
        terminalreporter.line("To run these tests, install PyTorch: make deps FOR=test")


@pytest.fixture
def connect(server):
    """Opens PyTorch clients of the server under test."""
    from torch.distributed import TCPStore

    host, port = server.address
    return lambda: TCPStore(host, port, is_master=False, wait_for_workers=False,
                            timeout=timedelta(seconds=10))


@pytest.fixture
def key(request):
    """A key that no other test uses."""
    return f"{request.node.nodeid}/key"


@pytest.fixture
def job(tmp_path):
    from jobs import Job

    job = Job(tmp_path)
    yield job
    job.kill()
