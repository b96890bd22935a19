"""What is installed is hardened as the compiler can: PREFIX.

Reads the files with readelf, which every compiler brings, where hardening-check would bring
forty packages. Of the stack's clash protection nothing is left to read.
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
    """The flags of a segment, as in "RW", or None if there is no such segment."""
    found = re.search(rf"^ *{name} +(?:0x\w+ +){{5}}([RWE ]{{3}})", headers, re.MULTILINE)
    return found and found[1].replace(" ", "")


def objections_to_code(symbols):
    if "__stack_chk_fail" not in symbols:
        yield "no stack protector"
    if not USES_FORTIFIED.search(symbols):
        yield "no fortified function is called"


def objections_to_image(path):
    """Those to a program or a shared library."""
    headers, dynamic = readelf(path, "--file-header", "--segments"), readelf(path, "--dynamic")
    if not re.search(r"Type: +DYN", headers):
        yield "not position-independent"
    if segment_flags(headers, "GNU_STACK") != "RW":
        yield "the stack is executable"
    if "RWE" in headers:
        yield "a segment can be written and executed"
    if segment_flags(headers, "GNU_RELRO") is None or not re.search(r"FLAGS.*\bNOW\b", dynamic):
        yield "what is relocated stays writable"
    for entry in ("TEXTREL", "RPATH", "RUNPATH"):
        if f"({entry})" in dynamic:
            yield f"has {entry}"
    yield from objections_to_code(readelf(path, "--dyn-syms"))


def objections_to_archive(path):
    yield from objections_to_code(readelf(path, "--symbols"))
    if "X86-64" in readelf(path, "--file-header") and "IBT" not in readelf(path, "--notes"):
        yield "calls may go anywhere"


def objections(prefix):
    programs = sorted((prefix / "bin").iterdir())
    libraries = sorted(path for path in prefix.rglob("lib*.so") if path.is_file())
    archives = sorted(prefix.rglob("lib*.a"))
    assert len(programs) == 3 and len(libraries) == 2 and len(archives) == 2, "what is missing?"
    for check, paths in ((objections_to_image, programs + libraries),
                         (objections_to_archive, archives)):
        for path in paths:
            for reason in check(path):
                yield f"{path.relative_to(prefix)}: {reason}"


problems = list(objections(Path(sys.argv[1])))
print("\n".join(problems) or "hardened: programs and libraries")
sys.exit(1 if problems else 0)
