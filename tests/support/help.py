"""What a program's --help lists; its manual page and its completion must list the same."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.servers import program

PACKAGE = Path(__file__).parents[2] / "python"
FLAG = re.compile(r"^  (?:-(\w), )?--([a-z-]+)(?: ([A-Z:]+))?(?: {2,}|$)(.*(?:\n {20,}.*)*)", re.M)
COMMAND = re.compile(r"^  ([a-z]+(?: \S+)*) {2,}\S", re.M)


@dataclass(frozen=True)
class Flag:
    names: tuple[str, ...]  # the long one last
    argument: str | None
    text: str

    @property
    def default(self):
        found = re.search(r"\(default (.*)\)$", self.text)
        return found and found[1]


def help_of(name):
    command, environment = [program(name)], None
    if name == "tcpstore-run":  # of the Python package, which is not installed here
        command = [sys.executable, "-c", "from tcpstore.run import main; main()"]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run([*command, "--help"], env=environment, check=True, capture_output=True,
                          text=True, timeout=30).stdout


def flags_of(name):
    return [Flag((f"-{letter}", f"--{long}") if letter else (f"--{long}",), argument or None,
                 " ".join(text.split()))
            for letter, long, argument, text in FLAG.findall(help_of(name))]


def commands_of(name):
    """The commands with their arguments, such as "set KEY VALUE"."""
    return COMMAND.findall(help_of(name))


def listed_under(heading, name):
    """The names in a list of lines such as `  name: what it does`."""
    part = re.search(rf"^{heading}:\n((?:  .*\n)+)", help_of(name), re.M)[1]
    return re.findall(r"^  ([a-z-]+):", part, re.M)


def choices_of(name, flag):
    """The values that a flag takes, from the message for an unknown one."""
    done = subprocess.run([program(name), flag, "no such value"], capture_output=True, text=True,
                          timeout=30)
    return re.split(", | or ", re.search(r"expected (.*)", done.stderr)[1])
