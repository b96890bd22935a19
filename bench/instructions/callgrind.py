"""Compiles a program with the pure rooms and a release's flags, and counts its instructions."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CC = os.environ.get("CC", "gcc")


def ask_compiler(*flags):
    return subprocess.run([CC, *flags], check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL).stdout.strip()


def family():
    return "clang" if "__clang__" in ask_compiler("-dM", "-E", "-xc", "-") else "gcc"


def compiler():
    """The name of a baseline, such as "gcc 12, x86_64-linux-gnu"."""
    major = ask_compiler("-dumpversion").split(".")[0]
    return f"{family()} {major}, {ask_compiler('-dumpmachine')}"


def flags():
    """The flags of a release in cmake/compile.cmake. Valgrind 3.19 cannot read clang's DWARF 5."""
    yield from ("-std=c17", "-D_GNU_SOURCE", "-O3", "-gdwarf-4", "-DNDEBUG",
                "-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3")
    if platform.machine() == "x86_64":
        yield "-fcf-protection"
    if family() == "gcc":
        yield "-flto=auto"


def build(name, folder):
    program = folder / name
    sources = [source for room in ("base", "wire", "store", "record", "engine")
               for source in sorted((ROOT / "src" / room).glob("*.c"))]
    subprocess.run([CC, *flags(), f"-I{ROOT}/src", f"-I{ROOT}/include", "-o", program,
                    HERE / f"{name}.c", HERE / "rig.c", *sources], check=True)
    return program


def count(program, *arguments):
    """Callgrind's total of instructions inside the function PROGRAM_measured."""
    out = program.with_suffix(".callgrind")
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--collect-atstart=no",
         f"--toggle-collect={program.name}_measured", f"--callgrind-out-file={out}", program,
         *arguments], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{program.name} {' '.join(arguments)}: {run.stderr}")
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)[1])
