"""Each room calls only what the architecture lets it call.

Compiles the rooms anew, without optimisation, which could remove a call, and without
sanitizers, which add some.
"""

import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from rooms import MAY_USE, PURE_FILES, ROOT, pure_functions

COMPILE = ["cc", "-std=c17", "-D_GNU_SOURCE", "-O0", "-fno-stack-protector", "-c",
           f"-I{ROOT}/src", f"-I{ROOT}/include"]


NEEDS_LIBUV = {"server"}


def libuv_flags():
    return subprocess.run(["pkg-config", "--cflags", "libuv"], check=True,
                          capture_output=True, text=True).stdout.split()


def compile_room(room, folder):
    flags = COMPILE + libuv_flags() if room in NEEDS_LIBUV else COMPILE
    for source in sorted((ROOT / "src" / room).glob("*.c")):
        target = folder / f"{source.stem}.o"
        subprocess.run([*flags, "-o", target, source], check=True)
        yield f"src/{room}/{source.name}", target


def symbols(path, which):
    listing = subprocess.run(["nm", "--format=just-symbols", which, path], check=True,
                             capture_output=True, text=True)
    return set(listing.stdout.split()) - {"_GLOBAL_OFFSET_TABLE_"}


def objection(room, source, name, owner):
    """`owner` is the file that defines the function, as room/file, or None if no room does."""
    stem = Path(source).stem
    allowed = pure_functions(room, stem)
    if owner is None:
        if allowed is not None and name not in allowed:
            return "not among the few functions that may be called where there is no I/O"
    elif owner.parts[0] not in {room} | MAY_USE[room]:
        return f"{room} may not use {owner.parts[0]}"
    elif owner.parts[0] == room and stem in PURE_FILES.get(room, ()) \
            and owner.stem not in PURE_FILES[room]:
        return f"{room}/{owner.stem} is not free of I/O"
    return None


def objections(rooms):
    """What is called from where it should not be; `rooms` are the ones that can be compiled."""
    defined_by = {}
    undefined = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for room in rooms:
            for source, target in compile_room(room, Path(folder)):
                undefined[room][source] = symbols(target, "--undefined-only")
                for name in symbols(target, "--extern-only") - undefined[room][source]:
                    defined_by[name] = Path(source).relative_to("src")
    for room in rooms:
        for source, names in undefined[room].items():
            for name in sorted(names):
                if reason := objection(room, source, name, defined_by.get(name)):
                    yield f"{source}: {name}: {reason}"


problems = list(objections(sys.argv[1:]))
print("\n".join(problems))
sys.exit(1 if problems else 0)
