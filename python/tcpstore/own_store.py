"""A tcpstored of this process, on a free port."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tcpstore.watch import report

STOP_SECONDS = 10
LOOPBACK = {"127.0.0.1", "localhost"}
PR_SET_PDEATHSIG = 1


class StartError(Exception):
    """Why there is no tcpstored."""


def program() -> str:
    """The tcpstored beside this program, as pip installs it, else that of PATH."""
    beside = Path(sys.argv[0]).resolve().parent / "tcpstored"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("tcpstored")
    if found is None:
        raise StartError("tcpstored is neither beside tcpstore-run nor on PATH; pip install tcpstore "
                         "brings it, --store HOST:PORT uses one that runs")
    return found


def _start(command: list[str], writer: int, prepare: Callable[[], None]) -> subprocess.Popen[bytes]:
    """In a session of its own: keys of the terminal are for the command."""
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                pass_fds=[writer], start_new_session=True, preexec_fn=prepare)
    except OSError as error:
        raise StartError(f"cannot execute {command[0]}: {error.strerror}; is it whole, and of this kind "
                         "of machine? --store HOST:PORT uses one that runs") from error


class OwnStore:
    """Runs from the constructor's return until `stop`."""

    def __init__(self, host: str, allowed: list[str], mask: set[int | signal.Signals]) -> None:
        reader, writer = os.pipe()
        flags = ["--bind", "127.0.0.1" if host in LOOPBACK else "::", "--port", "0",
                 "--port-file", f"/dev/fd/{writer}", "--log-level", "warn", "--slow-wait", "0"]
        for network in allowed:
            flags += ["--allow", network]
        libc = ctypes.CDLL(None)

        def prepare() -> None:
            """So that it stops, too, if this process is killed."""
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

        with os.fdopen(reader) as pipe:
            try:
                self._process = _start([program(), *flags], writer, prepare)
            finally:
                os.close(writer)
            text = pipe.read().strip()  # until it has written the port, or has exited
        if not text:
            raise StartError(f"tcpstored exited with status {self._process.wait()}; see above")
        self.port = int(text)
        self._reported = False

    def report_if_exited(self) -> None:
        """Once."""
        if self._reported or self._process.poll() is None:
            return
        report(f"tcpstored exited with status {self._process.returncode}; the job has no store any "
               "more: all its keys are lost")
        self._reported = True

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            report(f"tcpstored has not stopped within {STOP_SECONDS} s, and is killed")
            self._process.kill()
            self._process.wait()
