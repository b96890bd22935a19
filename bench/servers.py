"""The servers to compare, each a process pinned to one core."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVER_CORE, GENERATOR_CORE = 0, 1
START_SECONDS = 60


def pin(core):
    return lambda: os.sched_setaffinity(0, {core})


class Server:
    """A running server with `pid` and `port`, which is its first line on standard output."""

    def __init__(self, arguments):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._errors, preexec_fn=pin(SERVER_CORE))
        self.pid = self._process.pid
        self.port = self._read_port()

    def _read_port(self):
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"{self._process.args} did not start: {self.errors()}")
        return int(line)

    def cpu_seconds(self):
        """User and system time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-2000:].strip()

    def stop(self):
        self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


class Tcpstored(Server):
    """tcpstored writes its port to a file."""

    def __init__(self, build, flags):
        self._folder = tempfile.TemporaryDirectory()
        self._port_file = Path(self._folder.name) / "port"
        super().__init__([build / "bin" / "tcpstored", "--port", "0", "--port-file",
                          self._port_file, "--log-level", "warn", *flags])

    def _read_port(self):
        deadline = time.monotonic() + START_SECONDS
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"tcpstored did not start: {self.errors()}")
            time.sleep(0.005)
        return int(self._port_file.read_text())

    def stop(self):
        super().stop()
        self._folder.cleanup()


def torch_python():
    return Path(os.environ.get("BENCH_PYTHON", ROOT / ".venv" / "bin" / "python"))


def start(name, row, build, flags):
    """Returns None if the row cannot be measured on that server."""
    if name == "tcpstored":
        return Tcpstored(build, flags)
    if name == "torch":
        return Server([torch_python(), ROOT / "bench" / "torch_server.py"])
    if row.floor is None:
        return None
    return Server([build / "bench" / "floor", *row.floor])
