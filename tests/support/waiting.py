"""Waiting for what a process does and does not report."""

import time


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{condition.__name__}: not within {seconds} s"
        time.sleep(0.005)
