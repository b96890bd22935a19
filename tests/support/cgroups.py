"""Control groups of a test's own. Only root can make them, where a hierarchy can be written."""

import itertools
import os
import time
from pathlib import Path

import pytest

MOUNT = Path("/sys/fs/cgroup")
_numbers = itertools.count()


def version_2():
    """The mount of version 2, if it is all there is."""
    return (MOUNT / "cgroup.controllers").exists()


class Group:
    """A group for `controller`, "memory" or "pids"; below `parent`, if that is given."""

    FILES = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}

    def __init__(self, controller, parent=None):
        above = parent.path if parent else MOUNT if version_2() else MOUNT / controller
        self.path = above / f"tcpstore-test-{os.getpid()}-{next(_numbers)}"
        self.limit_file = self.path / self.FILES[controller][version_2()]
        try:
            if parent and version_2():
                (above / "cgroup.subtree_control").write_text(f"+{controller}")
            self.path.mkdir()
        except OSError as error:
            pytest.skip(f"no control group can be made for {controller}: {error}")
        if not self.limit_file.exists():
            self.remove()
            pytest.skip(f"the control groups of this machine do not limit {controller}")

    def limit(self, value):
        self.limit_file.write_text(str(value))
        return self

    def enter(self):
        """For preexec_fn of a process that is to run in it."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        """The kernel may take a moment to see that its processes have ended."""
        for _ in range(100):
            try:
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.05)
        self.path.rmdir()
