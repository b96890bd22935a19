"""No two files of src/ or apps/ include each other, directly or through others.

x.c and x.h count as one file.
"""

import sys
from collections import deque

from rooms import ROOT, includes

ADVICE = ("let the lower file report upward by a callback, or move what both need to a third file "
          "below them")


def include_graph(sources):
    """{file: {included file: place of the #include}}, with files as folder/name."""
    graph = {}
    for where, ours, header in sources:
        file = where.split(":")[0].split("/", 1)[1].rsplit(".", 1)[0]
        included = header.removesuffix(".h")
        needs = graph.setdefault(file, {})
        if ours and included != file:
            needs.setdefault(included, where)
    return graph


def shortest_circle(graph, start):
    """The files from `start` back to `start`; None if no path leads back."""
    came_from = {start: None}
    queue = deque([start])
    while queue:
        file = queue.popleft()
        for included in sorted(graph.get(file, ())):
            if included == start:
                circle = [start]
                while file is not None:
                    circle.append(file)
                    file = came_from[file]
                return circle[::-1]
            if included not in came_from:
                came_from[included] = file
                queue.append(included)
    return None


def circles(graph):
    """Circles that contain every file that includes itself through others."""
    reported = set()
    for file in sorted(graph):
        circle = None if file in reported else shortest_circle(graph, file)
        if circle:
            reported.update(circle)
            yield circle


def describe(graph, circle):
    steps = [f"    {graph[file][included]} includes {included}.h"
             for file, included in zip(circle, circle[1:])]
    return "\n".join([f"these files need each other: {' → '.join(circle)}", *steps,
                      f"    {ADVICE}"])


if __name__ == "__main__":
    graph = include_graph([*includes(ROOT / "src"), *includes(ROOT / "apps")])
    problems = [describe(graph, circle) for circle in circles(graph)]
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
