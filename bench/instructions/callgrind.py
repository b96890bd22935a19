"""Compiles a program with the pure rooms as a release is, and counts its instructions."""

import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMPILE = ["gcc", "-std=c17", "-D_GNU_SOURCE", "-O3", "-g", "-DNDEBUG", "-flto=auto",
           "-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3",
           f"-I{ROOT}/src", f"-I{ROOT}/include"]
if platform.machine() == "x86_64":
    COMPILE.append("-fcf-protection")


def compiler():
    version = subprocess.run(["gcc", "-dumpversion"], check=True, capture_output=True, text=True)
    machine = subprocess.run(["gcc", "-dumpmachine"], check=True, capture_output=True, text=True)
    return f"gcc {version.stdout.strip().split('.')[0]}, {machine.stdout.strip()}"


def build(name, folder):
    program = folder / name
    sources = [source for room in ("base", "wire", "store", "engine")
               for source in sorted((ROOT / "src" / room).glob("*.c"))]
    subprocess.run([*COMPILE, "-o", program, HERE / f"{name}.c", HERE / "rig.c", *sources],
                   check=True)
    return program


def count(program, *arguments):
    """Instructions inside the function PROGRAM_measured, callgrind's own total."""
    out = program.with_suffix(".callgrind")
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", "--collect-atstart=no",
         f"--toggle-collect={program.name}_measured", f"--callgrind-out-file={out}", program,
         *arguments], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{program.name} {' '.join(arguments)}: {run.stderr}")
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)[1])
