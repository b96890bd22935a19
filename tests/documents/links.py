"""Every link, path, test and make target that the documents name exists, and every document that a file
of the project names."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:apps|bench|cmake|completions|docs|examples|include|packaging|python|scripts|src|"
                  r"tests)(?:/[\w.*-]*)+$")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TEXTS = {"", ".awk", ".c", ".cmake", ".h", ".in", ".md", ".py", ".scd", ".sh", ".txt"}
NAMED_DOCUMENT = re.compile(r"\bdocs/[\w/]+\.md\b")


def files():
    """Those of the project, not what was built or installed beside them."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - {".git", ".venv", "build", "corpus", "__pycache__"})
        for name in sorted(names):
            if Path(name).suffix in TEXTS:
                yield Path(folder) / name


def without_code(text):
    return FENCE.sub("", text)


def anchors(document):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", without_code(document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_link(document, target):
    path, _, anchor = target.partition("#")
    linked = document.parent / path if path else document
    if not linked.exists():
        return "does not exist"
    if anchor and anchor not in anchors(linked):
        return "has no such heading"
    return None


def targets_of_make():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def names_of_tests():
    return {name for path in (ROOT / "tests").rglob("test_*.py")
            for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)}


def broken_quote(words, targets, tests):
    """WORDS are a path, a command that begins with one, a test, or a make target."""
    if re.fullmatch(r"test_\w+", words[0]) and words[0] not in tests:
        return "no test has this name"
    if PATH.match(words[0]) and not any(ROOT.glob(words[0].rstrip("/"))):
        return "does not exist"
    if words[0] == "make" and len(words) > 1 and words[1].islower() and words[1] not in targets:
        return "the Makefile has no such target"
    return None


def problems_of(document, targets, tests):
    text = without_code(document.read_text())
    for target in LINK.findall(text):
        if "://" not in target and (reason := broken_link(document, target)):
            yield target, reason
    for quoted in QUOTED.findall(text):
        if reason := broken_quote(quoted.split(), targets, tests):
            yield quoted, reason


def problems():
    targets, tests = targets_of_make(), names_of_tests()
    for path in files():
        where = path.relative_to(ROOT)
        text = path.read_text(errors="replace")
        if path.suffix == ".md":
            for what, reason in problems_of(path, targets, tests):
                yield f"{where}: {what}: {reason}"
        for name in NAMED_DOCUMENT.findall(text):
            if not (ROOT / name).exists():
                yield f"{where}: {name}: does not exist"


found = list(problems())
print("\n".join(found))
sys.exit(1 if found else 0)
