"""The package's types, which type checkers of users read."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "python" / "tcpstore"


def test_types_fit(tmp_path):
    pytest.importorskip("torch")  # some are PyTorch's
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10",
                           "--cache-dir", tmp_path, PACKAGE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
