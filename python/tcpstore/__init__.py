"""Shows what PyTorch's TCPStore hides: which rank a job waits for, and what the server does.

    >>> import tcpstore
    >>> print(tcpstore.why("head:29500")["summary"])
    7 clients are connected; 7 wait, the longest for 31 s

The answers are those of HTTP, which docs/HTTP.md of the project describes. docs/TORCHRUN.md describes
what the package adds to PyTorch: `torchrun --rdzv-backend=tcpstore` and `init_method="tcpstore://…"`.
"""

from tcpstore.answers import Client, Culprit, Stage, Stat, Store, Wait, Waiting, Why
from tcpstore.changes import create_store, delete_store
from tcpstore.errors import NoHttp, Refused, StoreError, StoreExists, Unreachable
from tcpstore.questions import clients, stat, stores, waits, why, why_text

__all__ = [
    "Client", "Culprit", "NoHttp", "Refused", "Stage", "Stat", "Store", "StoreError", "StoreExists",
    "Unreachable", "Wait", "Waiting", "Why", "clients", "create_store", "delete_store", "stat",
    "stores", "waits", "why", "why_text",
]
