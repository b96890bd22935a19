"""`tcpstore-cli` as scripts and people run it."""

import os
import re
import select
import signal
import subprocess
import termios
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
        """None: nothing came."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return None
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError: # the other side is closed
            piece = b""
        self.output += piece.decode(errors="replace")
        return piece

    def _search(self, pattern, deadline):
        """Passes over the output up to there; None: it did not come."""
        while not (match := re.search(pattern, self.output)):
            piece = self._read(deadline)
            assert piece != b"", f"ended without {pattern!r}:\n{self.output!r}"
            if piece is None:
                return None
        self.output = self.output[match.end():]
        return match

    def wait_for(self, pattern):
        """Passes over the output up to there, and returns the match."""
        match = self._search(pattern, time.monotonic() + SECONDS)
        assert match, f"no more output came:\n{self.output!r}"
        return match

    def _wait_for_interrupt_key(self, key):
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self.master)[6][termios.VINTR] != key:
            assert time.monotonic() < deadline, f"Ctrl-C does not become {key}"
            time.sleep(0.001)

    def wait_for_editor(self):
        """Until Ctrl-C is a key of the line editor's, and makes no signal."""
        self._wait_for_interrupt_key(b"\x00")

    def interrupt_command(self, line, pattern, begun=""):
        """Enters it at the prompt, and presses Ctrl-C, after what it prints as it begins, until
        the pattern comes: what is pressed before the command begins is for the line editor,
        which has ended."""
        self.wait_for_editor()
        self.type(line + "\n")
        self._wait_for_interrupt_key(b"\x03")
        self.wait_for(begun)
        deadline = time.monotonic() + SECONDS
        self.type("\x03")
        while not (match := self._search(pattern, time.monotonic() + 1)):
            assert time.monotonic() < deadline, f"no end of it:\n{self.output!r}"
            self.type("\x03")
        return match

    def end(self):
        """Its status, once it has closed the terminal."""
        deadline = time.monotonic() + SECONDS
        while (piece := self._read(deadline)) != b"":
            assert piece is not None, f"it does not end:\n{self.output!r}"
        assert not any(report in self.output for report in SANITIZER_REPORTS), self.output
        return self.process.wait(SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
