"""Programs that tests use where they are: some machines build without documents."""

import os
import shutil

import pytest


def tool(name):
    """Skips the test without it; not where CI=true, which has them all."""
    if not shutil.which(name) and os.environ.get("CI") != "true":
        pytest.skip(f"there is no {name}")
    return name
