"""`tcpstore-cli` as scripts and users run it."""

import os
import re
import select
import signal
import subprocess
import termios
import time

from support.servers import assert_no_sanitizer_report, program
from support.waiting import wait_until

SECONDS = 60


def cli_program():
    return program("tcpstore-cli")


class Done:
    """A process that has exited."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.bytes = stdout
        self.stderr = stderr.decode()
        assert_no_sanitizer_report(self.stderr)

    @property
    def stdout(self):
        return self.bytes.decode()

    @property
    def lines(self):
        return self.stdout.splitlines()


def command(address, *words):
    return [cli_program(), "-h", address[0], "-p", str(address[1]), *map(str, words)]


def run_cli(*words, stdin=b""):
    """Runs the program with exactly these arguments."""
    done = subprocess.run([cli_program(), *map(str, words)], input=stdin, capture_output=True,
                          timeout=SECONDS)
    return Done(done.returncode, done.stdout, done.stderr)


class Cli:
    """Runs commands against one server."""

    def __init__(self, address):
        self.address = address

    def __call__(self, *words, stdin=b""):
        return run_cli(*command(self.address, *words)[1:], stdin=stdin)

    def start(self, *words):
        """Starts a command that waits; see end_of."""
        return subprocess.Popen(command(self.address, *words), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end_of(process):
    stdout, stderr = process.communicate(timeout=SECONDS)
    return Done(process.returncode, stdout, stderr)


class Terminal:
    """The program on its own terminal."""

    def __init__(self, address, *words, home, columns=80, lines=40, term="xterm",
                 locale="C.UTF-8", before=()):
        """`before` is a command to run it with."""
        self.master, terminal = os.openpty()
        termios.tcsetwinsize(terminal, (lines, columns))
        environment = {**os.environ, "TERM": term, "HOME": str(home), "LC_ALL": locale,
                       "COLUMNS": str(columns), "LINES": str(lines)}
        self.process = subprocess.Popen(
            [*before, *command(address, *words)], stdin=terminal, stdout=terminal, stderr=terminal,
            env=environment, preexec_fn=lambda: self._enter(terminal))
        os.close(terminal)
        self.output = ""

    @staticmethod
    def _enter(terminal):
        os.login_tty(os.dup(terminal))
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # background jobs inherit SIG_IGN

    def type(self, text):
        os.write(self.master, text.encode())

    def _read(self, deadline):
        """The next output; None at the deadline, empty once the program has closed the terminal."""
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return None
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError:  # the other side is closed
            piece = b""
        self.output += piece.decode(errors="replace")
        return piece

    def _search(self, pattern, deadline):
        """Consumes output up to a match and returns it; None at the deadline."""
        while not (match := re.search(pattern, self.output)):
            piece = self._read(deadline)
            assert piece != b"", f"closed the terminal without {pattern!r}:\n{self.output!r}"
            if piece is None:
                return None
        self.output = self.output[match.end():]
        return match

    def wait_for(self, pattern):
        """Consumes output up to a match and returns it."""
        match = self._search(pattern, time.monotonic() + SECONDS)
        assert match, f"no {pattern!r} within {SECONDS} s:\n{self.output!r}"
        return match

    def _wait_for_interrupt_key(self, key):
        def interrupt_key_is_set():
            return termios.tcgetattr(self.master)[6][termios.VINTR] == key

        wait_until(interrupt_key_is_set, SECONDS)

    def wait_for_editor(self):
        """Waits until the line editor reads Ctrl-C as a key; before, the terminal sends SIGINT."""
        self._wait_for_interrupt_key(b"\x00")

    def interrupt_command(self, line, pattern, begun=""):
        """Enters a command at the prompt, waits for the output `begun`, and presses Ctrl-C until
        the pattern is printed: a Ctrl-C before the command starts is lost with the line editor."""
        self.wait_for_editor()
        self.type(line + "\n")
        self._wait_for_interrupt_key(b"\x03")
        self.wait_for(begun)
        deadline = time.monotonic() + SECONDS
        self.type("\x03")
        while not (match := self._search(pattern, time.monotonic() + 1)):
            assert time.monotonic() < deadline, f"not interrupted:\n{self.output!r}"
            self.type("\x03")
        return match

    def end(self):
        """Waits until the program has closed the terminal, and returns its exit status."""
        deadline = time.monotonic() + SECONDS
        while (piece := self._read(deadline)) != b"":
            assert piece is not None, f"still running:\n{self.output!r}"
        assert_no_sanitizer_report(self.output)
        return self.process.wait(SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
