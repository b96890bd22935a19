"""Hosts that are network namespaces, and the cables between them. They end with this process."""

import ctypes
import os
import subprocess
import threading

CLONE_NEWNET = 0x40000000  # os.setns came with Python 3.12
_libc = ctypes.CDLL(None, use_errno=True)


def _enter(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _libc.setns(descriptor, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {path}")
    finally:
        os.close(descriptor)


class Host:
    def __init__(self):
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._holder.stdout.readline()
        self._path = f"/proc/{self._holder.pid}/ns/net"
        self.pid = self._holder.pid
        self.before = ("nsenter", f"--net={self._path}")  # a command, to run it here
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command):
        """The command's output."""
        done = subprocess.run([*self.before, *map(str, command)], capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def call(self, function, *arguments):
        """Calls the function in a thread that is here. The sockets that it opens stay here."""
        found = []

        def enter_and_call():
            try:
                _enter(self._path)
                found.append((function(*arguments), None))
            except BaseException as error:
                found.append((None, error))

        thread = threading.Thread(target=enter_and_call)
        thread.start()
        thread.join()
        result, error = found[0]
        if error is not None:
            raise error
        return result

    def reset(self, *connections):
        """Aborts TCP connections, which ss selects. The peers are told if a packet can reach them.
        Returns how many there were."""
        return len(self.run("ss", "-H", "-K", "-t", *connections).splitlines())

    def close(self):
        self._holder.communicate()


class End:
    """Of a cable."""

    def __init__(self, host, interface, address):
        self._host = host
        self._interface = interface
        self.set_address(address)
        self.plug_in()

    def set_address(self, address):
        """In place of the one before, to which packets then vanish."""
        self._host.run("ip", "address", "flush", "dev", self._interface)
        self._host.run("ip", "address", "add", f"{address}/24", "dev", self._interface)

    def pull_out(self):
        self._host.run("ip", "link", "set", self._interface, "down")

    def plug_in(self):
        self._host.run("ip", "link", "set", self._interface, "up")

    def slow_down(self, rate, queue_bytes):
        """What is sent waits in a queue, or is dropped when the queue is full."""
        self._host.run("tc", "qdisc", "add", "dev", self._interface, "root", "tbf", "rate", rate,
                       "burst", "2000", "limit", queue_bytes)

    def speed_up(self):
        self._host.run("tc", "qdisc", "del", "dev", self._interface, "root")


def connect(one, other):
    """Lays a cable; each argument is a host, an interface to be made there, and its address."""
    one[0].run("ip", "link", "add", one[1], "type", "veth", "peer", "name", other[1],
               "netns", other[0].pid)
    return End(*one), End(*other)
