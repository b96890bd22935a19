"""What PyTorch's TCPStore does not tell: who everybody waits for, and what the server does.

    >>> import tcpstore
    >>> print(tcpstore.why("head:29500")["summary"])
    7 clients are connected; 7 wait, the longest for 31 s

The answers are those of HTTP, which docs/HTTP.md of the project describes.
"""

from tcpstore.answers import Client, Culprit, Stage, Stat, Wait, Waiting, Why
from tcpstore.errors import NoHttp, Refused, StoreError, Unreachable
from tcpstore.questions import clients, stat, waits, why, why_text

__all__ = [
    "Client", "Culprit", "NoHttp", "Refused", "Stage", "Stat", "StoreError", "Unreachable", "Wait",
    "Waiting", "Why", "clients", "stat", "waits", "why", "why_text",
]
