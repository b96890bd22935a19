"""A shared library exports what its public headers declare, and nothing else: LIBRARY HEADER…"""

import re
import subprocess
import sys

from rooms import ROOT

# Symbols that the linker adds under clang's AddressSanitizer.
SANITIZER = {"__start_asan_globals", "__stop_asan_globals"}
DECLARATION = re.compile(r"^TCPSTORE_EXPORT\b[^;]*?\b(\w+)\(", re.MULTILINE)


def declared(headers):
    for header in headers:
        path = ROOT / "include" / "tcpstore" / f"{header}.h"
        yield from DECLARATION.findall(path.read_text())


def exported(library):
    listing = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=just-symbols",
                              library], check=True, capture_output=True, text=True)
    return set(listing.stdout.split()) - SANITIZER


def find_problems(library, headers):
    public, found = set(declared(headers)), exported(library)
    for name in sorted(found - public):
        yield f"{name}: exported, but no public header declares it"
    for name in sorted(public - found):
        yield f"{name}: a public header declares it, but it is not exported"
    for name in sorted(public):
        if not name.startswith("tcpstore_"):
            yield f"{name}: public, but does not start with tcpstore_"


problems = list(find_problems(sys.argv[1], sys.argv[2:]))
print("\n".join(problems))
sys.exit(1 if problems else 0)
