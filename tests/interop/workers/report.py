"""Prints a worker's results as one JSON object on a line, in one write."""

import json
import sys


def report(**values):
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
