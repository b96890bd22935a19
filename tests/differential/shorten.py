"""Reduces a failing trace to the steps and operations that are needed for the failure."""

import time

SECONDS = 60


def without(items, fails, deadline):
    """Removes every item without which the list still fails; `fails` tests a list."""
    size = max(len(items) // 2, 1)
    while size > 0 and time.monotonic() < deadline:
        begin = 0
        while begin < len(items) and time.monotonic() < deadline:
            rest = items[:begin] + items[begin + size:]
            if fails(rest):
                items = rest
            else:
                begin += size
        size //= 2
    return items


def shorten(steps, fails):
    """Removes whole steps first, then single operations of batches."""
    deadline = time.monotonic() + SECONDS
    steps = without(steps, fails, deadline)
    spread = []
    for step in steps:
        if step.kind == "batch":
            spread += [step._replace(operations=(operation,)) for operation in step.operations]
        else:
            spread.append(step)
    return without(spread, fails, deadline) if fails(spread) else steps
