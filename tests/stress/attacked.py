"""A server under attack, and a healthy client that uses it at the same time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from support.servers import is_sanitized
from support.waiting import wait_until

HERE = Path(__file__).parent
MIB = 1 << 20
PROGRAM = 16 * MIB  # code, stacks, buffers


def memory_of(process, field="VmRSS"):
    """Resident bytes now, or with "VmHWM" their peak."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/{process.pid}/status has no {field}")


def descriptors_of(process):
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


class Report(NamedTuple):
    seconds: list  # latency of each reply to the healthy client
    memory: int    # peak of the server's resident bytes


class HealthyClient:
    def __init__(self, port, operations, replies):
        # libfaketime must not change this process's clock.
        environment = {name: os.environ[name] for name in os.environ if name != "LD_PRELOAD"}
        self.process = subprocess.Popen(
            [sys.executable, HERE / "healthy_client.py", str(port), operations, str(replies)],
            text=True, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == "connected\n", self.process.communicate()[1]

    def finish(self):
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, f"the healthy client failed:\n{err}"
        return json.loads(out)


class Attacked:
    """A server with a memory limit, and its healthy client."""

    def __init__(self, server, connect, operations, cap, replies):
        self.server, self.connect, self.cap = server, connect, cap
        self.process, self.port = server.process, server.address[1]
        self.sanitized = is_sanitized()
        self.healthy_client = HealthyClient(self.port, operations, replies)
        self.idle_descriptors = self.descriptors()
        self.measures_latency = True
        self.report = None

    def descriptors(self):
        return descriptors_of(self.process)

    def memory(self):
        return memory_of(self.process)

    def wait_until_clients_are_closed(self, except_for=0):
        def clients_are_closed():
            return self.descriptors() <= self.idle_descriptors + except_for

        wait_until(clients_are_closed)

    def finish(self):
        """Ends the healthy client and returns the report; later calls return the same. Fails if the
        client had a wrong reply or the server took too much memory."""
        self.report = self.report or self._make_report()
        return self.report

    def _make_report(self):
        seconds = self.healthy_client.finish()
        memory = memory_of(self.process, "VmHWM")
        if not self.sanitized:
            allowed = self.cap * 115 // 100 + PROGRAM
            assert memory < allowed, f"the server took {memory / MIB:.0f} MiB"
        return Report(seconds if self.measures_latency else [], memory)
