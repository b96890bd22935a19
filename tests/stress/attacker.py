"""Performs one attack: prints "ready" when the store is prepared, begins at a line of its standard
input, and prints what it has sent as JSON. Its connections stay open until the input ends.

usage: attacker.py PORT SOURCE|- SECONDS TITLE"""

import json
import resource
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from hostile import ATTACKS  # noqa: E402
from hostile.load import Load  # noqa: E402


def main():
    port, source, seconds, title = sys.argv[1:]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    run = next(attack.run for attack in ATTACKS if attack.title == title)
    load = Load(int(port), None if source == "-" else source, float(seconds))
    steps = run(load)
    next(steps)
    print("ready", flush=True)
    sys.stdin.readline()
    load.begin()
    failure = None
    try:
        next(steps, None)
    except OSError as error:
        failure = repr(error)
    print(json.dumps({"sent": load.sent, "answered": load.answered, "requests": load.requests,
                      "failure": failure}), flush=True)
    sys.stdin.read()


main()
