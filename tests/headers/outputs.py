"""tests/client/outputs.c calls every public function that has outputs."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITH_OUTPUTS = re.compile(r"^(?:TCPSTORE_EXPORT|int|bool|size_t)\b[^;]*?\b(\w+)\([^;]*\bret_\w+\)",
                          re.MULTILINE)

functions = [name for header in sorted((ROOT / "include" / "tcpstore").glob("*.h"))
             for name in WITH_OUTPUTS.findall(header.read_text())]
tests = (ROOT / "tests" / "client" / "outputs.c").read_text()
missing = [name for name in functions if not re.search(rf"\b{name}\(", tests)]

assert functions, "no function with outputs was found"
for name in missing:
    print(f"{name}: has outputs, but tests/client/outputs.c does not call it")
sys.exit(1 if missing else 0)
