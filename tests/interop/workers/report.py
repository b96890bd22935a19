"""How a worker says what it found: one JSON object a line, written whole."""

import json
import sys


def report(**values):
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
