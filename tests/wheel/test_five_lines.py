"""The README's first lines work as printed, except for where pip finds the package."""

import re
import subprocess
import sysconfig
import textwrap
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_first_lines_run_a_job(environment, wheel, tmp_path):
    pytest.importorskip("torch")
    first, *others = textwrap.dedent(re.search(r"\n((?:    .*\n)+)", README)[1]).splitlines()
    assert first == "pip install tcpstore" and len(others) == 3
    lines = [f"pip install --quiet --no-index --disable-pip-version-check --force-reinstall {wheel}",
             *others]
    done = subprocess.run(["sh", "-ec", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True,
                          timeout=100, env={**environment, "PYTHONUNBUFFERED": "",
                                            "PYTHONPATH": sysconfig.get_paths()["purelib"]})
    expected = re.findall(r"`(rank \d of \d)`", README)
    assert len(expected) == 2
    assert sorted(done.stdout.splitlines()) == expected, done.stderr


def test_the_wheel_is_where_the_readme_says(wheel):
    pattern = re.search(r"pip install --force-reinstall (build/\S+)", README)[1]
    assert wheel in Path(__file__).parents[2].glob(pattern)
