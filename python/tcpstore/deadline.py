"""When to give up."""

from __future__ import annotations

import time
from datetime import timedelta


class Deadline:
    def __init__(self, timeout: timedelta) -> None:
        self.timeout = timeout
        self._end = time.monotonic() + timeout.total_seconds()

    def left(self) -> timedelta:
        """More than 0: PyTorch takes 0 for no timeout."""
        return timedelta(seconds=max(0.001, self._end - time.monotonic()))

    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def __str__(self) -> str:
        return f"{self.timeout.total_seconds():.0f} s"
