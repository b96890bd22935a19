"""Messages on stderr: ranks and agents may not have set up a log."""

from __future__ import annotations

import sys


def report(text: str, program: str = "tcpstore") -> None:
    print(f"{program}: {text}", file=sys.stderr, flush=True)
