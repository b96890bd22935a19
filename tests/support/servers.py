"""The programs under test, and server processes: `tcpstored`, and PyTorch's own server."""

import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

START_SECONDS = 30
SANITIZER_REPORTS = ("runtime error:", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                     "WARNING: ThreadSanitizer")


def tcpstored_program():
    program = os.environ.get("TCPSTORED")
    if not program:
        raise RuntimeError("the environment variable TCPSTORED is not set; build first, "
                           "then set it, for example to build/release/bin/tcpstored")
    path = Path(program).resolve()
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"TCPSTORED={program} is not an executable; build it first")
    return path


def program(name):
    """A program of the same build as tcpstored."""
    return tcpstored_program().parent / name


def example_program(name):
    """A program of examples/ of the same build as tcpstored."""
    return tcpstored_program().parent.parent / "examples" / name


def is_sanitized():
    """Whether tcpstored is built with a sanitizer, which costs memory and time."""
    return re.search(rb"__[at]san_init", tcpstored_program().read_bytes()) is not None


def assert_no_sanitizer_report(output):
    assert not any(report in output for report in SANITIZER_REPORTS), output


def free_port():
    """Of 127.0.0.1. Another process may take it soon."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return unused.getsockname()[1]


def is_closed(address):
    """Whether nobody listens there."""
    try:
        socket.create_connection(address, START_SECONDS).close()
        return False
    except ConnectionRefusedError:
        return True


class Log:
    """Collects the lines that a process writes to its standard error."""

    def __init__(self, stream):
        self._stream = stream
        self._lines = []
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        for line in self._stream:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._stream.close()

    def lines_with(self, *words):
        with self._changed:
            return [line for line in self._lines if all(word in line for word in words)]

    def wait_for(self, *words, seconds=10):
        """Waits for a line that contains all the words, and returns the first one."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self.lines_with(*words), seconds)
            found = self.lines_with(*words)
            assert found, f"no line with {words} in the log:\n" + "\n".join(self._lines)
            return found[0]

    def whole(self):
        """Waits until the process has exited, and returns everything it has written."""
        self._thread.join()
        return "\n".join(self._lines)


class Tcpstored:
    """A running `tcpstored`, on a port that the kernel chooses unless the flags name one. `before`
    is a command to run it with, `options` are those of Popen. With `stderr` the log stays empty."""

    def __init__(self, directory, *flags, before=(), **options):
        port_file = Path(directory) / "port"
        arguments = [*before, tcpstored_program(), "--port", "0", "--port-file", port_file, *flags]
        options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options
        self.process = subprocess.Popen([str(argument) for argument in arguments],
                                        stdin=subprocess.DEVNULL, text=True, **options)
        self.log = Log(self.process.stderr or io.StringIO())
        self.address = ("127.0.0.1", self._read_port(port_file))

    def _read_port(self, port_file):
        deadline = time.monotonic() + START_SECONDS
        while not port_file.exists():
            try:
                self.process.wait(0.002)
            except subprocess.TimeoutExpired:
                pass
            else:
                raise RuntimeError("tcpstored exited before it listened:\n" + self.log.whole())
            if time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"tcpstored wrote no port file within {START_SECONDS} s:\n"
                                   + self.log.whole())
        return int(port_file.read_text())

    def stop(self):
        """Stops it; fails unless it exits with status 0 and without a sanitizer's report."""
        self.process.terminate()
        try:
            status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("tcpstored did not stop on SIGTERM:\n"
                                 + self.log.whole()) from None
        text = self.log.whole()
        print(f"The log of tcpstored, process {self.process.pid}:\n{text}")  # shown if the test fails
        assert status == 0, f"tcpstored exited with status {status}"
        assert_no_sanitizer_report(text)


def trunk_address(server):
    """Where relays connect to a server that has --trunk on 127.0.0.1."""
    line = server.log.wait_for("event=serving", " trunk=127.0.0.1:")
    return "127.0.0.1", int(re.search(r" trunk=127\.0\.0\.1:(\d+)", line)[1])


class Relayed:
    """A store, and relays: each is the upstream of the next, and clients connect to the last."""

    def __init__(self, directory, credentials, relays=1):
        self._servers = []
        for number in range(1 + relays):
            folder = Path(directory) / str(number)
            folder.mkdir()
            above = ["--upstream", "%s:%d" % trunk_address(self._servers[-1])] if number > 0 else []
            behind = ["--trunk", "127.0.0.1:0"] if number < relays else []
            self._servers.append(Tcpstored(folder, *credentials.flags, *above, *behind))
            if number > 0:
                self._servers[-1].log.wait_for("event=upstream-connected")
        self.process = self._servers[0].process
        self.log = self._servers[0].log
        self.address = self._servers[-1].address

    def stop(self):
        for server in reversed(self._servers):
            server.stop()


class OnUnixSocket(Tcpstored):
    """A `tcpstored` that clients reach by its Unix socket."""

    def __init__(self, directory, *flags):
        path = Path(directory) / "socket"
        super().__init__(directory, "--unix", path, *flags)
        self.address = str(path)


class TorchServer:
    """PyTorch's libuv server."""

    def __init__(self):
        script = Path(__file__).with_name("torch_server.py")
        self.process = subprocess.Popen([sys.executable, str(script)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.log = Log(self.process.stderr)
        port = self.process.stdout.readline()
        if not port:
            raise RuntimeError("PyTorch's server did not start:\n" + self.log.whole())
        self.address = ("127.0.0.1", int(port))

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class ForeignServer:
    """A server that the caller has started, at HOST:PORT."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = (host.strip("[]"), int(port))

    def stop(self):
        pass
