"""The processes of clients on hosts."""

import subprocess
import sys
from pathlib import Path

import history

CLIENTS = Path(__file__).with_name("clients.py")


class Load:
    """The clients on one host: clients.py."""

    def __init__(self, site, number, count, path):
        self._path = path
        self._process = subprocess.Popen(
            [*site.host.before, sys.executable, CLIENTS, str(site.server.address[1]), str(number),
             str(count), path],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._process.stdout.readline() == "started\n"

    def end(self):
        """The clients of all hosts wait for each other: end all loads, then ask for their failures."""
        self._process.stdin.close()

    def failures(self):
        """What its clients complain of; empty: nothing."""
        failures = self._process.stderr.read()
        self._process.wait()
        return failures

    def history(self):
        return history.read(self._path)

    def kill(self):
        self._process.kill()
        self._process.wait()
