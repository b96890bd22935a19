"""The rooms of src/ and what each may use; docs/ARCHITECTURE.md gives the reasons."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

MAY_USE = {
    "base": set(),
    "wire": {"base"},
    "store": {"base"},
    "record": {"wire", "base"},
    "engine": {"record", "wire", "store", "base"},
    "replica": {"engine", "wire", "store", "base"},
    "why": {"base"},
    "client": {"tls", "wire", "base"},
    "page": set(),
    "trunk": {"base"},
    "tls": {"base"},
    "server": {"record", "engine", "base"},
    "secure": {"tls", "server", "base"},
    "link": {"trunk", "server", "base"},
    "relays": {"link", "trunk", "server", "base"},
    "processes": {"server", "base"},
    "uplink": {"processes", "link", "secure", "tls", "trunk", "server", "wire", "base"},
    "http": {"base"},
    "observe": {"processes", "http", "page", "why", "record", "server", "engine", "base"},
    "embed": {"observe", "http", "relays", "uplink", "link", "secure", "tls", "trunk", "server", "record",
              "engine", "base"},
}
PURE = {"base", "wire", "store", "record", "engine", "replica", "why", "page", "trunk"}

# Pure files of the other rooms. They may call malloc: their caller owns the values that they read,
# and frees them with free().
PURE_FILES = {
    "client": {"answer", "flight", "grow", "subject", "value"},
    "server": {"throttle"},
}

# No I/O, no clock, no threads, and no allocator except the one that the caller passes.
PURE_HEADERS = {
    "assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
    "stdint.h", "stdio.h", "string.h", "tcpstore/error.h", "tcpstore/version.h",
}
PURE_FUNCTIONS = {
    "__assert_fail", "memchr", "memcmp", "memcpy", "memmove", "memset", "snprintf", "strcmp",
    "strlen", "vsnprintf",
}

HEAP_HEADERS = {"stdlib.h", "tcpstore/client.h"}
HEAP_FUNCTIONS = {"calloc", "free", "malloc", "realloc"}


def pure_headers(room, stem):
    """The outside headers that a file of the room may include; None allows any."""
    if room in PURE:
        return PURE_HEADERS
    return PURE_HEADERS | HEAP_HEADERS if stem in PURE_FILES.get(room, ()) else None


def pure_functions(room, stem):
    """The outside functions that a file of the room may call; None allows any."""
    if room in PURE:
        return PURE_FUNCTIONS
    return PURE_FUNCTIONS | HEAP_FUNCTIONS if stem in PURE_FILES.get(room, ()) else None


def rooms():
    """Every folder of src/, including those without a rule."""
    return sorted(folder.name for folder in (ROOT / "src").iterdir() if folder.is_dir())


def includes(folder):
    """Each #include under the folder: its place, whether the header is ours, and the header."""
    for path in sorted(folder.rglob("*.[ch]")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if match := INCLUDE.match(line):
                yield f"{path.relative_to(ROOT)}:{number}", match[1] == '"', match[2]
