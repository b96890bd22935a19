"""The wheel, installed into a fresh virtual environment without an index: it depends on nothing."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

DIST = Path(__file__).parents[2] / "build" / "wheel" / "dist"


def the_wheel():
    wheels = list(DIST.glob(f"*_{platform.machine()}.whl"))
    assert len(wheels) == 1, f"expected one wheel in {DIST}, found {wheels}; make wheel builds it"
    return wheels[0]


@pytest.fixture(scope="session")
def wheel():
    return the_wheel()


@pytest.fixture(scope="session")
def scripts(tmp_path_factory, wheel):
    """The folder of the installed programs."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index",
                    "--disable-pip-version-check", wheel], check=True)
    return folder / "bin"


@pytest.fixture
def environment(scripts):
    """As after `source activate`."""
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
