"""Programs that some tests need; a machine that builds no documents may lack them."""

import os
import shutil

import pytest


def tool(name):
    """Skips the test if the program is missing, except where CI=true, where it must not be."""
    if not shutil.which(name) and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed")
    return name
