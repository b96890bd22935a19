"""Pipes, sockets and terminals that take no more."""

import contextlib
import os


def fill(descriptor):
    """Until it takes no more, for now."""
    os.set_blocking(descriptor, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, b"x" * 512)
    os.set_blocking(descriptor, True)
