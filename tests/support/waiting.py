"""Waiting for a state that no event reports."""

import time


def wait_until(condition, seconds=60):
    """Polls; a failure names the function `condition`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{condition.__name__}: not within {seconds} s"
        time.sleep(0.005)
