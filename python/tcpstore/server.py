"""A tcpstored that runs elsewhere, as PyTorch connects to its stores."""

from __future__ import annotations

import time
from datetime import timedelta

from torch.distributed import DistError, TCPStore  # type: ignore[attr-defined]

from tcpstore import address as addresses
from tcpstore import http, ping, reach
from tcpstore.deadline import Deadline
from tcpstore.errors import NoHttp, Refused, StoreError, Unreachable
from tcpstore.stderr import report

READY_SECONDS = 5.0
RETRY_SECONDS = 0.5
SILENT_SECONDS = 30.0  # after the first report of a problem; then it doubles


def _sentence(problem: StoreError) -> str:
    text = str(problem)
    return text if text.endswith("?") else f"{text}."


class Server:
    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.address = addresses.join(host, port)

    def is_there(self) -> bool:
        return reach.error(self.host, self.port) is None

    def lost(self, error: BaseException) -> Unreachable:
        """What to raise when a connection to one of its stores has failed."""
        reason = str(error).partition("\n")[0].rstrip(".")  # PyTorch's stack follows
        return Unreachable(f"the connection to tcpstored at {self.address} is lost: {reason}; look at its log")

    def connect_first(self, timeout: timedelta) -> TCPStore:
        """To the store on the server's own port."""
        deadline = Deadline(timeout)
        self._wait_until_ready(deadline)
        store = self.connect(self.port, deadline.left())
        store.set_timeout(timeout)
        return store

    def connect(self, port: int, timeout: timedelta) -> TCPStore:
        """To one of its stores. PyTorch tries again until the timeout, if the port is closed."""
        try:
            return TCPStore(self.host, port, is_master=False, timeout=timeout, wait_for_workers=False)
        except DistError as error:
            raise Unreachable(f"cannot connect to {addresses.join(self.host, port)} within "
                              f"{timeout.total_seconds():.0f} s; {reach.NEXT_STEP}") from error

    def _wait_until_ready(self, deadline: Deadline) -> None:
        """PyTorch tries in silence, and does not learn why it is refused. This reports the problem at once,
        and now and then."""
        silent, next_report = SILENT_SECONDS, time.monotonic()
        while (problem := self._problem()) is not None:
            if deadline.is_over():
                raise type(problem)(f"{_sentence(problem)} Tried for {deadline}.")
            if time.monotonic() >= next_report:
                report(f"{_sentence(problem)} Trying for {deadline.left().total_seconds():.0f} s.")
                next_report += silent
                silent *= 2
            time.sleep(min(RETRY_SECONDS, deadline.left().total_seconds()))

    def _problem(self) -> Unreachable | Refused | None:
        """Why the server accepts no clients. HTTP is for few peers at a time, so those that are accepted do
        not ask."""
        if ping.is_store(self.host, self.port):
            return None
        try:
            http.get(self.address, "/readyz", READY_SECONDS, "accept this client")
        except NoHttp:
            return None
        except (Unreachable, Refused) as problem:
            return problem
        return None
