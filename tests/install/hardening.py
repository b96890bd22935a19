"""The installed programs and libraries have the compiler's hardening: PREFIX.

Uses readelf, which belongs to every compiler; hardening-check would install forty packages. Stack
clash protection leaves no trace that readelf could show.
"""

import re
import subprocess
import sys
from pathlib import Path

USES_FORTIFIED = re.compile(r"\bUND __\w+_chk(@|\s|$)", re.MULTILINE)


def readelf(path, *flags):
    return subprocess.run(["readelf", "--wide", *flags, path], check=True, capture_output=True,
                          text=True).stdout


def segment_flags(headers, name):
    """The flags of a segment, such as "RW"; None if the segment is missing."""
    found = re.search(rf"^ *{name} +(?:0x\w+ +){{5}}([RWE ]{{3}})", headers, re.MULTILINE)
    return found and found[1].replace(" ", "")


def weaknesses_of_code(symbols):
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector"
    if not USES_FORTIFIED.search(symbols):
        yield "calls no fortified function"


def weaknesses_of_image(path):
    """Of a program or a shared library."""
    headers, dynamic = readelf(path, "--file-header", "--segments"), readelf(path, "--dynamic")
    if not re.search(r"Type: +DYN", headers):
        yield "not position-independent"
    if segment_flags(headers, "GNU_STACK") != "RW":
        yield "the stack is executable"
    if "RWE" in headers:
        yield "a segment is writable and executable"
    if segment_flags(headers, "GNU_RELRO") is None or not re.search(r"FLAGS.*\bNOW\b", dynamic):
        yield "relocations stay writable (no full RELRO)"
    for entry in ("TEXTREL", "RPATH", "RUNPATH"):
        if f"({entry})" in dynamic:
            yield f"has {entry}"
    yield from weaknesses_of_code(readelf(path, "--dyn-syms"))


def weaknesses_of_archive(path):
    yield from weaknesses_of_code(readelf(path, "--symbols"))
    if "X86-64" in readelf(path, "--file-header") and "IBT" not in readelf(path, "--notes"):
        yield "no indirect branch tracking"


def weaknesses(prefix):
    programs = sorted((prefix / "bin").iterdir())
    libraries = sorted(path for path in prefix.rglob("lib*.so") if path.is_file())
    archives = sorted(prefix.rglob("lib*.a"))
    counts = len(programs), len(libraries), len(archives)
    assert counts == (3, 2, 2), f"programs, shared libraries and archives: {counts}"
    for check, paths in ((weaknesses_of_image, programs + libraries),
                         (weaknesses_of_archive, archives)):
        for path in paths:
            for weakness in check(path):
                yield f"{path.relative_to(prefix)}: {weakness}"


problems = list(weaknesses(Path(sys.argv[1])))
print("\n".join(problems) or "hardened: programs and libraries")
sys.exit(1 if problems else 0)
