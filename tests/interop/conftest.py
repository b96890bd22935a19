"""Real PyTorch against the server; without PyTorch, nothing here runs, and that is said loudly."""

import importlib.util
import os
from datetime import timedelta

import pytest

TORCH_IS_MISSING = importlib.util.find_spec("torch") is None

if TORCH_IS_MISSING and os.environ.get("CI") == "true":
    raise RuntimeError("PyTorch is not installed, and CI does not pass without the interop "
                       "tests: make deps FOR=test")

# PyTorch asks for the name of ::ffff:127.0.0.1 when it connects or warns. Where no DNS server
# answers, that is not to take five seconds each time.
os.environ.setdefault("RES_OPTIONS", "timeout:1 attempts:1")

collect_ignore_glob = ["test_*.py"] if TORCH_IS_MISSING else []


def pytest_sessionfinish(session, exitstatus):
    """That all tests were left out for want of PyTorch is no failure."""
    if TORCH_IS_MISSING and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter):
    if TORCH_IS_MISSING:
        terminalreporter.section("PyTorch is not installed: NO INTEROP TEST WAS RUN", red=True)
        terminalreporter.line("Nothing was shown about real PyTorch clients. "
                              "To run these tests: make deps FOR=test")


@pytest.fixture
def connect(server):
    """Opens PyTorch clients of the session's server."""
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
