"""Each folder includes only what the architecture lets it include."""

import sys
from pathlib import Path

from rooms import MAY_USE, PURE_FILES, PURE_HEADERS, ROOT, includes, pure_headers, rooms

C_STANDARD = PURE_HEADERS | {"stdlib.h"}


def is_impure_neighbour(room, stem, header):
    pure = PURE_FILES.get(room, ())
    return stem in pure and header.split("/")[0] == room and Path(header).stem not in pure


def problem_in_room(room, stem, ours, header):
    allowed = pure_headers(room, stem)
    if ours:
        used = header.split("/")[0] if "/" in header else None
        if used is None:
            return "must be named with its room, as in base/list.h"
        if used != room and used not in MAY_USE[room]:
            return f"{room} may not use {used}"
        if is_impure_neighbour(room, stem, header):
            return f"{room}/{stem} is free of I/O, clocks and threads"
    elif allowed is not None and header not in allowed:
        return f"{room}/{stem} is free of I/O, clocks and threads"
    return None


# The load generator must cost less than the server, so it writes requests with the codec itself.
# Records of operations are read without a library. HTTP with TLS needs the client library's connections,
# for which the public API would otherwise have functions that nothing else calls.
PROGRAM_MAY_USE = {"tcpstore-bench": {"record", "wire", "base"},
                   "tcpstore-cli": {"client", "record", "wire", "base"}}


def problem_in_program(program, ours, header):
    may_use = {program, "common"} | PROGRAM_MAY_USE.get(program, set())
    if ours and header.split("/")[0] not in may_use:
        return "a program uses the public API, its own folder and common/"
    if header == "uv.h":
        return "programs leave the loop to the library"
    return None


def problem_in_public(ours, header):
    if ours or not (header in C_STANDARD or header.startswith("tcpstore/")):
        return "a public header may include only headers of C and other public ones"
    return None


def find_problems():
    for room in rooms():
        if room not in MAY_USE:
            yield f"src/{room}: a room without a rule in tests/rooms/rooms.py"
            continue
        for where, ours, header in includes(ROOT / "src" / room):
            stem = Path(where.split(":")[0]).stem
            if problem := problem_in_room(room, stem, ours, header):
                yield f"{where}: {header}: {problem}"
    for folder in sorted(path for path in (ROOT / "apps").iterdir() if path.is_dir()):
        for where, ours, header in includes(folder):
            if problem := problem_in_program(folder.name, ours, header):
                yield f"{where}: {header}: {problem}"
    for where, ours, header in includes(ROOT / "include"):
        if problem := problem_in_public(ours, header):
            yield f"{where}: {header}: {problem}"


problems = list(find_problems())
print("\n".join(problems))
sys.exit(1 if problems else 0)
