"""Why a question has no answer. Each text names the server, the cause and the next step."""


class StoreError(Exception):
    """Any of the following."""


class Unreachable(StoreError):
    """There is no server, or it does not answer in time."""


class NoHttp(StoreError):
    """A server listens, but not for HTTP: PyTorch's own, or a tcpstored that was told not to."""

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(f"{cause}; {next_step}")
        self.cause = cause


class Refused(StoreError):
    """The server does not accept the question, or cannot answer it now."""


class StoreExists(Refused):
    """A store of that name exists already."""
