"""Each room calls only what the architecture lets it call.

Compiles the rooms again without optimisation, which can remove calls, and without sanitizers, which
add calls.
"""

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from rooms import MAY_USE, PURE_FILES, ROOT, pure_functions

COMPILE = ["cc", "-std=c17", "-D_GNU_SOURCE", "-O0", "-fno-stack-protector", "-pipe", "-c",
           f"-I{ROOT}/src", f"-I{ROOT}/include"]


NEEDS_LIBUV = {"server"}


@cache
def libuv_flags():
    return subprocess.run(["pkg-config", "--cflags", "libuv"], check=True,
                          capture_output=True, text=True).stdout.split()


def compile_room(room, sources, folder):
    """One process for many files: there are hundreds, and most of the time is that of starting one."""
    folder.mkdir()
    flags = COMPILE + libuv_flags() if room in NEEDS_LIBUV else COMPILE
    subprocess.run([*flags, *sources], cwd=folder, check=True)


def read_symbols(folder):
    """By the file's stem: the names that it needs, and those that it offers."""
    listing = subprocess.run(["nm", "--format=posix", "--extern-only", "--print-file-name", *folder.iterdir()],
                             check=True, capture_output=True, text=True)
    found = defaultdict(lambda: (set(), set()))
    for line in listing.stdout.splitlines():
        path, name, kind = line.split()[:3]
        needed, offered = found[Path(path.rstrip(":")).stem]
        (needed if kind in "Uvw" else offered).add(name)
    return found


def symbols_of(rooms):
    """(room, source, names needed, names offered) of each file."""
    def read(room):
        sources = sorted((ROOT / "src" / room).glob("*.c"))
        if not sources:
            return []
        compile_room(room, sources, Path(folder) / room)
        found = read_symbols(Path(folder) / room)
        return [(room, f"src/{room}/{source.name}", *found[source.stem]) for source in sources]

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        return [file for files in pool.map(read, rooms) for file in files]


def find_problem(room, source, name, owner):
    """`owner` is the file that defines the function, as room/file; None if no room does."""
    stem = Path(source).stem
    allowed = pure_functions(room, stem)
    if owner is None:
        if name != "_GLOBAL_OFFSET_TABLE_" and allowed is not None and name not in allowed:
            return "not one of the few functions that code without I/O may call"
    elif owner.parts[0] not in {room} | MAY_USE[room]:
        return f"{room} may not use {owner.parts[0]}"
    elif owner.parts[0] == room and stem in PURE_FILES.get(room, ()) \
            and owner.stem not in PURE_FILES[room]:
        return f"{room}/{owner.stem} is not free of I/O"
    return None


def find_problems(rooms):
    """Calls that the architecture forbids, in the rooms that can be compiled here."""
    defined_by = {}
    undefined = defaultdict(dict)
    for room, source, needed, offered in symbols_of(rooms):
        undefined[room][source] = needed
        for name in offered:
            defined_by[name] = Path(source).relative_to("src")
    for room in rooms:
        for source, names in undefined[room].items():
            for name in sorted(names):
                if problem := find_problem(room, source, name, defined_by.get(name)):
                    yield f"{source}: {name}: {problem}"


problems = list(find_problems(sys.argv[1:]))
print("\n".join(problems))
sys.exit(1 if problems else 0)
