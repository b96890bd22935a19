"""The rooms of src/ and what each may use; docs/ARCHITECTURE.md gives the reasons."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAY_USE = {
    "base": set(),
    "wire": {"base"},
    "store": {"base"},
    "engine": {"wire", "store", "base"},
    "server": {"engine", "base"},
}
PURE = {"base", "wire", "store", "engine"}

# No I/O, no clock, no threads, and no allocator but the one that is handed in.
PURE_HEADERS = {
    "assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
    "stdint.h", "stdio.h", "string.h", "tcpstore/error.h",
}
PURE_FUNCTIONS = {
    "__assert_fail", "memchr", "memcmp", "memcpy", "memmove", "memset", "snprintf", "strlen",
    "vsnprintf",
}


def rooms():
    """Every folder of src/, those without a rule among them."""
    return sorted(folder.name for folder in (ROOT / "src").iterdir() if folder.is_dir())
