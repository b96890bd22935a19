"""Processes of a job that uses the Python package."""

import re
import subprocess

from support.servers import Log


def slurm(rank, size):
    """The variables that Slurm sets."""
    return {"SLURM_PROCID": str(rank), "SLURM_NTASKS": str(size)}


class Rank:
    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            [str(argument) for argument in command], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = Log(self.process.stdout)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()

    def joined(self):
        """The port of its store."""
        return int(re.search(r"has joined (\d+)", self.log.wait_for("has joined", seconds=60))[1])

    def failure(self):
        assert self.process.wait(60) != 0
        return self.log.whole()
