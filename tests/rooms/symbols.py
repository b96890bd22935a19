"""Each room calls only what the architecture lets it call.

Compiles the rooms anew, without optimisation, which could remove a call, and without
sanitizers, which add some.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from rooms import MAY_USE, PURE, PURE_FUNCTIONS, ROOT

COMPILE = ["cc", "-std=c17", "-D_GNU_SOURCE", "-O0", "-fno-stack-protector", "-c",
           f"-I{ROOT}/src", f"-I{ROOT}/include"]


def libuv_flags():
    return subprocess.run(["pkg-config", "--cflags", "libuv"], check=True,
                          capture_output=True, text=True).stdout.split()


def compile_room(room, folder):
    flags = COMPILE if room in PURE else COMPILE + libuv_flags()
    for source in sorted((ROOT / "src" / room).glob("*.c")):
        target = folder / f"{source.stem}.o"
        subprocess.run([*flags, "-o", target, source], check=True)
        yield f"src/{room}/{source.name}", target


def symbols(path, which):
    listing = subprocess.run(["nm", "--format=just-symbols", which, path], check=True,
                             capture_output=True, text=True)
    return set(listing.stdout.split()) - {"_GLOBAL_OFFSET_TABLE_"}


def objections(rooms):
    """What is called from where it should not be; `rooms` are the ones that can be compiled."""
    defined_by = {}
    undefined = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for room in rooms:
            for source, target in compile_room(room, Path(folder)):
                undefined[room][source] = symbols(target, "--undefined-only")
                for name in symbols(target, "--extern-only") - undefined[room][source]:
                    defined_by[name] = room
    for room in rooms:
        for source, names in undefined[room].items():
            for name in sorted(names):
                owner = defined_by.get(name)
                if owner is None and room in PURE and name not in PURE_FUNCTIONS:
                    yield f"{source}: {name}: not among the few functions a pure room may call"
                elif owner not in {None, room} | MAY_USE[room]:
                    yield f"{source}: {name}: {room} may not use {owner}"


problems = list(objections(sys.argv[1:]))
print("\n".join(problems))
sys.exit(1 if problems else 0)
