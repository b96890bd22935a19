"""Agents of torchrun, as on several nodes, on this host."""

import os
import signal
import subprocess
from pathlib import Path

from support.servers import Log

# So that a node that is lost is missed after 3 s instead of 15.
CONFIGURATION = "keep_alive_interval=1,keep_alive_max_attempt=3,last_call_timeout=1"


def descendants(pid):
    """Trainers are in sessions of their own, so that their agent's group does not have them."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*"):
            try:
                found += map(int, (task / "children").read_text().split())
            except OSError:  # it has exited
                continue
    return found


class Agent:
    """`script` are the arguments of torchrun from the script on; `flags` precede it. `before` is a
    command to run torchrun with."""

    def __init__(self, scripts, address, job, *script, nodes="2", workers=1, flags=(),
                 environment=None, before=()):
        self.process = subprocess.Popen(
            [*before, scripts / "python", "-W", "ignore", "-m", "torch.distributed.run",
             f"--nnodes={nodes}", f"--nproc-per-node={workers}", "--rdzv-backend=tcpstore",
             "--rdzv-endpoint=%s:%d" % address, f"--rdzv-id={job}", f"--rdzv-conf={CONFIGURATION}",
             "--local-addr=127.0.0.1", *flags, *map(str, script)],
            env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.log = Log(self.process.stdout)

    def succeed(self, seconds=100):
        """Waits for its end, and returns what it and its trainers have printed."""
        status = self.process.wait(seconds)
        text = self.log.whole()
        assert status == 0, text
        return text

    def lose_node(self):
        """Kills it and all of its trainers at once."""
        for pid in descendants(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)

    def listens(self):
        """Whether the agent itself, without its trainers, has a listening TCP socket."""
        folder = Path(f"/proc/{self.process.pid}")
        rows = [line.split() for name in ("tcp", "tcp6")
                for line in (folder / "net" / name).read_text().splitlines()[1:]]
        listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
        return any(os.readlink(path) in listening for path in (folder / "fd").iterdir())
