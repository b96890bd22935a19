"""The shared library exports what the public headers declare, and nothing else."""

import re
import subprocess
import sys

from rooms import ROOT

DECLARATION = re.compile(r"^TCPSTORE_EXPORT\b[^;]*?\b(\w+)\(", re.MULTILINE)


def declared():
    for header in (ROOT / "include" / "tcpstore").glob("*.h"):
        yield from DECLARATION.findall(header.read_text())


def exported(library):
    listing = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=just-symbols",
                              library], check=True, capture_output=True, text=True)
    return set(listing.stdout.split())


def objections(library):
    public, found = set(declared()), exported(library)
    for name in sorted(found - public):
        yield f"{name}: exported, but no public header declares it"
    for name in sorted(public - found):
        yield f"{name}: a public header declares it, but it is not exported"
    for name in sorted(public):
        if not name.startswith("tcpstore_"):
            yield f"{name}: public, but does not start with tcpstore_"


problems = list(objections(sys.argv[1]))
print("\n".join(problems))
sys.exit(1 if problems else 0)
