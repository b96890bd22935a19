"""The libraries beside the `tcpstored` under test, and how a program is built on them."""

import re
import subprocess
from pathlib import Path

from support.servers import tcpstored_program

INCLUDE = Path(__file__).parents[2] / "include"
COMPILERS = {"c": ("cc", "-std=c17"), "c++": ("c++", "-std=c++17")}
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")

# What a program frees without having set it crashes, whatever lay on its stack.
PATTERN = "-ftrivial-auto-var-init=pattern"


def build_folder():
    return tcpstored_program().parent.parent


def sanitizers():
    """What the library is built with, as in -fsanitize=…; "" without any."""
    cache = (build_folder() / "CMakeCache.txt").read_text()
    return re.search(r"^TCPSTORE_SANITIZE:\w+=(.*)$", cache, re.MULTILINE)[1]


def build_program(language, source, program):
    """From the text of a source, on the shared library that has all."""
    compiler, standard = COMPILERS[language]
    sanitize = (f"-fsanitize={sanitizers()}",) if sanitizers() else ()
    built = subprocess.run(
        [compiler, "-x", language, standard, *WARNINGS, PATTERN, *sanitize, f"-I{INCLUDE}", "-",
         "-o", program, f"-L{build_folder()}", "-ltcpstore", f"-Wl,-rpath,{build_folder()}"],
        input=source, capture_output=True, text=True, timeout=100)
    assert built.returncode == 0, f"{built.stderr}\n{source}"
