"""Control groups for tests. Making one needs root and a writable hierarchy."""

import itertools
import os
from pathlib import Path

import pytest

from support.waiting import wait_until

MOUNT = Path("/sys/fs/cgroup")
_numbers = itertools.count()


def version_2():
    """Whether only the hierarchy of version 2 is mounted."""
    return (MOUNT / "cgroup.controllers").exists()


class Group:
    """A group for `controller`, "memory" or "pids", below `parent` if given."""

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
            pytest.skip(f"cannot make a control group for {controller}: {error}")
        if not self.limit_file.exists():
            self.remove()
            pytest.skip(f"the control groups of this machine do not limit {controller}")

    def limit(self, value):
        self.limit_file.write_text(str(value))
        return self

    def enter(self):
        """The preexec_fn of a process that is to run in the group."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        """The kernel may take a moment to notice that the group's processes have exited."""
        def is_removed():
            try:
                self.path.rmdir()
                return True
            except OSError:
                return False

        wait_until(is_removed, seconds=5)
