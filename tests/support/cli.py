"""`tcpstore-cli` as scripts and people run it."""

import os
import re
import select
import signal
import subprocess
import time

from support.servers import SANITIZER_REPORTS, tcpstored_program

SECONDS = 60


def cli_program():
    return tcpstored_program().parent / "tcpstore-cli"


class Done:
    """A run that has ended."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.bytes = stdout
        self.stderr = stderr.decode()
        assert not any(report in self.stderr for report in SANITIZER_REPORTS), self.stderr

    @property
    def stdout(self):
        return self.bytes.decode()

    @property
    def lines(self):
        return self.stdout.splitlines()


def command(address, *words):
    return [cli_program(), "-h", address[0], "-p", str(address[1]), *map(str, words)]


def run_cli(*words, stdin=b""):
    """Exactly these words."""
    done = subprocess.run([cli_program(), *map(str, words)], input=stdin, capture_output=True,
                          timeout=SECONDS)
    return Done(done.returncode, done.stdout, done.stderr)


class Cli:
    """Commands to one server."""

    def __init__(self, address):
        self.address = address

    def __call__(self, *words, stdin=b""):
        return run_cli(*command(self.address, *words)[1:], stdin=stdin)

    def start(self, *words):
        """For commands that wait."""
        return subprocess.Popen(command(self.address, *words), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end_of(process):
    stdout, stderr = process.communicate(timeout=SECONDS)
    return Done(process.returncode, stdout, stderr)


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, address, *words, home, columns=80):
        self.master, terminal = os.openpty()
        environment = {**os.environ, "TERM": "xterm", "HOME": str(home), "LC_ALL": "C.UTF-8",
                       "COLUMNS": str(columns), "LINES": "40"}
        self.process = subprocess.Popen(
            command(address, *words), stdin=terminal, stdout=terminal, stderr=terminal,
            env=environment, preexec_fn=lambda: self._enter(terminal))
        os.close(terminal)
        self.output = ""

    @staticmethod
    def _enter(terminal):
        os.login_tty(os.dup(terminal))
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background ignore it

    def type(self, text):
        os.write(self.master, text.encode())

    def _read(self, deadline):
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"no more output came:\n{self.output!r}"
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError: # the other side is closed
            piece = b""
        self.output += piece.decode(errors="replace")
        return piece

    def wait_for(self, pattern):
        """Passes over the output up to there, and returns the match."""
        deadline = time.monotonic() + SECONDS
        while not (match := re.search(pattern, self.output)):
            assert self._read(deadline), f"ended without {pattern!r}:\n{self.output!r}"
        self.output = self.output[match.end():]
        return match

    def end(self):
        """Its status, once it has closed the terminal."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        assert not any(report in self.output for report in SANITIZER_REPORTS), self.output
        return self.process.wait(SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
