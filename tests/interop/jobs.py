"""Jobs of several processes, started as a user would start them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"
PYTHON = [sys.executable, "-W", "ignore"]
TORCHRUN = [*PYTHON, "-m", "torch.distributed.run"]


def worker(name):
    return str(WORKERS / f"{name}.py")


def descendants(pid):
    """All processes below a process, including those in other sessions."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *descendants(child)]
    return found


class Job:
    """Processes that must all succeed; if one fails, all are killed and their output is shown."""

    def __init__(self, directory):
        self.directory = directory
        self.processes = {}

    def start(self, name, command, **environment):
        """Starts a process in its own session, with its output in a file."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo",
                       **{variable: str(value) for variable, value in environment.items()}}
        with open(self.directory / f"{name}.log", "w") as output:
            self.processes[name] = subprocess.Popen(
                list(map(str, command)), env=environment, cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    def wait(self, seconds=90):
        """Waits until all processes have exited with status 0."""
        deadline = time.monotonic() + seconds
        running = {os.pidfd_open(process.pid): name for name, process in self.processes.items()}
        try:
            while running:
                ended, _, _ = select.select(running, [], [], max(0, deadline - time.monotonic()))
                if not ended:
                    self.fail(f"{sorted(running.values())} did not exit within {seconds} s")
                for descriptor in ended:
                    name = running.pop(descriptor)
                    os.close(descriptor)
                    if status := self.processes[name].wait():
                        self.fail(f"{name} exited with status {status}")
        finally:
            for descriptor in running:
                os.close(descriptor)

    def results(self):
        """The JSON objects that the workers have printed, one per line."""
        lines = "".join(self.output(name) for name in self.processes).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def output(self, name):
        return (self.directory / f"{name}.log").read_text()

    def fail(self, why):
        self.kill()
        outputs = "".join(f"\n--- {name}\n{self.output(name)}" for name in self.processes)
        raise AssertionError(why + outputs)

    def kill(self):
        for process in self.processes.values():
            if process.poll() is None:
                for pid in [process.pid, *descendants(process.pid)]:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                process.wait()


class Host:
    """Another host: forwards what connects to it to the server, from an address of its own."""

    def __init__(self, server_address, source):
        self._server_address = server_address
        self._source = source
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._server_address,
                                              source_address=(self._source, 0))
            for source, destination in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=(source, destination),
                                 daemon=True).start()

    @staticmethod
    def _forward(source, destination):
        try:
            while piece := source.recv(1 << 16):
                destination.sendall(piece)
            destination.shutdown(socket.SHUT_WR)
        except OSError:
            destination.close()
