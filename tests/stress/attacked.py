"""A server that is attacked, and the healthy client beside it."""

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
PROGRAM = 48 * MIB  # of code, stacks, buffers, and what the allocator keeps for values to come


def memory_of(process, field="VmRSS"):
    """Bytes resident now; with "VmHWM", at most so far."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/{process.pid}/status has no {field}")


def descriptors_of(process):
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


class Report(NamedTuple):
    seconds: list  # each answer to the healthy client took
    memory: int    # bytes resident at most


class Bystander:
    def __init__(self, port, asks, answers):
        # Its clock is right, whatever that of the server is.
        environment = {name: os.environ[name] for name in os.environ if name != "LD_PRELOAD"}
        self.process = subprocess.Popen(
            [sys.executable, HERE / "bystander.py", str(port), asks, str(answers)], text=True,
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout.readline() == "asking\n", self.process.communicate()[1]

    def finish(self):
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, f"the healthy client was harmed:\n{err}"
        return json.loads(out)


class Attacked:
    """A server with a memory limit, and its healthy client."""

    def __init__(self, server, connect, asks, cap, answers):
        self.server, self.connect, self.cap = server, connect, cap
        self.process, self.port = server.process, server.address[1]
        self.sanitized = is_sanitized()
        self.bystander = Bystander(self.port, asks, answers)
        self.descriptors_at_first = self.descriptors()
        self.counts_time = True
        self.report = None

    def descriptors(self):
        return descriptors_of(self.process)

    def memory(self):
        return memory_of(self.process)

    def wait_until_all_have_gone(self):
        def the_others_are_closed():
            return self.descriptors() <= self.descriptors_at_first

        wait_until(the_others_are_closed)

    def finish(self):
        """What the healthy client and the server's memory have come to; they are well until here.
        At the end, if not before."""
        self.report = self.report or self.conclude()
        return self.report

    def conclude(self):
        seconds = self.bystander.finish()
        memory = memory_of(self.process, "VmHWM")
        if not self.sanitized:
            assert memory < self.cap + PROGRAM, "more memory than its limit"
        return Report(seconds if self.counts_time else [], memory)
