"""The rooms of src/ and what each may use; docs/ARCHITECTURE.md gives the reasons."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAY_USE = {
    "base": set(),
    "wire": {"base"},
    "store": {"base"},
    "engine": {"wire", "store", "base"},
    "client": {"wire", "base"},
    "server": {"engine", "base"},
}
PURE = {"base", "wire", "store", "engine"}

# Pure files of a room that is not. They may call malloc: the values that they read become the
# caller's, who frees them without knowing of any allocator.
PURE_FILES = {
    "client": {"answer", "flight", "grow", "subject", "value"},
    "server": {"throttle"},
}

# No I/O, no clock, no threads, and no allocator but the one that is handed in.
PURE_HEADERS = {
    "assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
    "stdint.h", "stdio.h", "string.h", "tcpstore/error.h", "tcpstore/version.h",
}
PURE_FUNCTIONS = {
    "__assert_fail", "memchr", "memcmp", "memcpy", "memmove", "memset", "snprintf", "strlen",
    "vsnprintf",
}

HEAP_HEADERS = {"stdlib.h", "tcpstore/client.h"}
HEAP_FUNCTIONS = {"calloc", "free", "malloc", "realloc"}


def pure_headers(room, stem):
    """What a file of the room may include besides its own; None if that is its own affair."""
    if room in PURE:
        return PURE_HEADERS
    return PURE_HEADERS | HEAP_HEADERS if stem in PURE_FILES.get(room, ()) else None


def pure_functions(room, stem):
    """Likewise, what it may call."""
    if room in PURE:
        return PURE_FUNCTIONS
    return PURE_FUNCTIONS | HEAP_FUNCTIONS if stem in PURE_FILES.get(room, ()) else None


def rooms():
    """Every folder of src/, those without a rule among them."""
    return sorted(folder.name for folder in (ROOT / "src").iterdir() if folder.is_dir())
