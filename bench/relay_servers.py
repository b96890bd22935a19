"""The stores and relays that bench/relays measures: processes of the release build."""

import contextlib
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "build/release/bin"
FLOOR = ROOT / "build/release/bench/relay_floor"
AT_ONCE = 64  # relays that start


class Server:
    def __init__(self, folder, *flags):
        self._port_file, self._log = folder / "port", folder / "log"
        with self._log.open("w") as stderr:
            self._process = subprocess.Popen(
                [PROGRAMS / "tcpstored", "--port", "0", "--port-file", self._port_file, *flags],
                stdout=subprocess.DEVNULL, stderr=stderr)

    def logged(self, pattern):
        """What the pattern's group finds in the log, which has it soon."""
        while not (found := re.search(pattern, self._log.read_text())):
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        return found[1]

    @property
    def port(self):
        return int(self._port_file.read_text())

    def cpu(self):
        """Seconds of CPU time that its loop has used."""
        return int(self._proc("schedstat").split()[0]) / 1e9

    def memory(self):
        """KiB resident."""
        return int(re.search(r"VmRSS:\s+(\d+)", self._proc("status"))[1])

    def _proc(self, name):
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def terminate(self):
        self._process.terminate()

    def wait(self):
        self._process.wait()


@contextlib.contextmanager
def started_store(folder, *flags):
    folder.mkdir()
    store = Server(folder, "--trunk", "127.0.0.1:0", *flags)
    store.trunk = store.logged(r" trunk=(\S+)")
    try:
        yield store
    finally:
        store.terminate()
        store.wait()


@contextlib.contextmanager
def started_floor(store):
    """The port of a process that only forwards to the store."""
    floor = subprocess.Popen([FLOOR, str(store.port)], stdout=subprocess.PIPE, text=True)
    try:
        yield int(floor.stdout.readline())
    finally:
        floor.terminate()
        floor.wait()
        floor.stdout.close()


@contextlib.contextmanager
def started_relays(folder, store, count, *flags):
    """So many, each with a connection to the store."""
    relays = []
    try:
        for first in range(0, count, AT_ONCE):
            folders = [folder / f"relay{number}" for number in range(first, min(first + AT_ONCE, count))]
            for each in folders:
                each.mkdir(parents=True)
                relays.append(Server(each, "--upstream", store.trunk, *flags))
            for relay in relays[first:]:
                relay.logged("event=(upstream-connected)")
        yield relays
    finally:
        for relay in relays:
            relay.terminate()
        for relay in relays:
            relay.wait()
