"""A tcpstored that runs elsewhere, as PyTorch connects to its stores."""

from __future__ import annotations

from datetime import timedelta

from torch.distributed import DistError, TCPStore  # type: ignore[attr-defined]

from tcpstore import address as addresses
from tcpstore import reach
from tcpstore.errors import Unreachable


class Server:
    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.address = addresses.join(host, port)

    def lost(self, error: Exception) -> Unreachable:
        """What to raise when a connection to one of its stores has failed."""
        return Unreachable(f"the connection to tcpstored at {self.address} is lost: {error}; look at its log")

    def connect_first(self, timeout: timedelta) -> TCPStore:
        """To the store on the server's own port. If the server cannot be reached, reports it at once."""
        reach.warn(self.host, self.port, f"Trying for {timeout.total_seconds():.0f} s.")
        return self.connect(self.port, timeout)

    def connect(self, port: int, timeout: timedelta) -> TCPStore:
        """To one of its stores. PyTorch tries again until the timeout, if the port is closed."""
        try:
            return TCPStore(self.host, port, is_master=False, timeout=timeout, wait_for_workers=False)
        except DistError as error:
            raise Unreachable(f"cannot connect to {addresses.join(self.host, port)} within "
                              f"{timeout.total_seconds():.0f} s; {reach.NEXT_STEP}") from error
