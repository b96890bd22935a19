"""Prints who is missing, once a wait is too long."""

from __future__ import annotations

import time
from functools import partial

from tcpstore import questions, stderr
from tcpstore.errors import NoHttp, StoreError

ASK_SECONDS = 5.0

report = partial(stderr.report, program="tcpstore-run")


class Watch:
    """Asks when the longest wait would be too long. After it has printed, twice as long is."""

    def __init__(self, address: str, first_seconds: int) -> None:
        self._address = address
        self._first = self._limit = first_seconds
        self._next = time.monotonic() + first_seconds
        self._began = time.monotonic()
        self._has_clients = False
        self._asks = first_seconds > 0

    def seconds(self) -> float:
        """Until `ask` is due."""
        return max(0.0, self._next - time.monotonic()) if self._asks else 1e6

    def ask(self) -> None:
        if not self._asks:
            return
        try:
            self._next = time.monotonic() + self._ask()
        except NoHttp as error:
            report(f"cannot tell who is missing: {error}")
            self._asks = False
        except StoreError as error:
            report(f"cannot tell who is missing: {error}")
            self._next = time.monotonic() + self._double()

    def _ask(self) -> float:
        """Returns when to ask again."""
        why = questions.why(self._address, hang=self._limit, timeout=ASK_SECONDS)
        self._has_clients = self._has_clients or why["connected"] > 0
        waited = why["longest_seconds"] if why["waiting"] > 0 else 0.0
        if not self._has_clients:
            waited = time.monotonic() - self._began
        if why["waiting"] == 0 and self._has_clients:
            self._limit = self._first
        if waited < self._limit:
            return max(1.0, self._limit - waited)
        text = questions.why_text(self._address, hang=self._limit, timeout=ASK_SECONDS)
        report(f"ranks wait:\n{text}" if self._has_clients else
               f"no rank has connected to the store at {self._address} for {waited:.0f} s")
        return max(1.0, self._double() - waited)

    def _double(self) -> float:
        self._limit *= 2
        return self._limit
