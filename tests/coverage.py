"""Summarises the line coverage that gcov has counted in build/coverage: PERCENT FOLDER…

Prints each folder's lines that were not executed, including those in headers, and fails if fewer
than PERCENT of a folder's lines were."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
OBJECTS = ROOT / "build" / "coverage" / "src"


def counts_of(data_file):
    """Yields (file, line, count)."""
    output = subprocess.run(["gcov", "--json-format", "--stdout", data_file], check=True,
                            capture_output=True, text=True, cwd=OBJECTS).stdout
    for document in output.splitlines():
        for file in json.loads(document)["files"]:
            path = (OBJECTS / file["file"]).resolve()
            if path.is_relative_to(ROOT):
                for line in file["lines"]:
                    yield str(path.relative_to(ROOT)), line["line_number"], line["count"]


def count_all():
    """Counts by (file, line). A line of a header is summed over all files that include it."""
    counts = Counter()
    for data_file in OBJECTS.rglob("*.gcda"):
        for file, line, count in counts_of(data_file):
            counts[file, line] += count
    return counts


def report(counts, folder, percent):
    """Prints the folder's coverage. Returns whether it is enough."""
    lines = {place: count for place, count in counts.items() if place[0].startswith(f"{folder}/")}
    if not lines:
        sys.exit(f"coverage: no counts for {folder}; run make coverage")
    missed = sorted(place for place, count in lines.items() if count == 0)
    reached = 100 * (len(lines) - len(missed)) / len(lines)
    for file, line in missed:
        text = (ROOT / file).read_text().splitlines()[line - 1].strip()
        print(f"{file}:{line}: not executed: {text}")
    print(f"{folder}: {len(lines) - len(missed)} of {len(lines)} lines, {reached:.1f} %")
    return reached >= percent


def main():
    percent, folders = float(sys.argv[1]), sys.argv[2:]
    counts = count_all()
    enough = [report(counts, folder, percent) for folder in folders]
    if not all(enough):
        sys.exit(f"coverage: fewer than {percent:g} % of the lines")


if __name__ == "__main__":
    main()
