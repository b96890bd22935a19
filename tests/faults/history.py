"""What clients have done, and when: the input of the checkers."""

import json
import time
from typing import NamedTuple

ADD, SET, GET, COMPARE_SET = "add", "set", "get", "compare_set"
TELL, WAIT, BARRIER = "tell", "wait", "barrier"
PUSH, POP = "push", "pop"


class Operation(NamedTuple):
    """Times are nanoseconds of one clock for all clients. An operation that has no reply of its own
    has ended when a later one of its client has. `end` is None if it has not."""
    client: str
    kind: str
    key: str
    argument: object
    result: object
    begin: int
    end: int | None


class Recorder:
    """Of one client, whose operations begin in the order in which it sends them."""

    def __init__(self, client):
        self._client = client
        self._operations = []

    def begin(self, kind, key, argument=None):
        operation = [self._client, kind, key, argument, None, time.monotonic_ns(), None]
        self._operations.append(operation)
        return operation

    @staticmethod
    def end(operation, result=None):
        operation[4] = result
        operation[6] = time.monotonic_ns()

    def forget_last(self):
        """It has had no effect."""
        self._operations.pop()

    def operations(self):
        return [Operation(*operation) for operation in self._operations]

    def write(self, file):
        for operation in self._operations:
            file.write(json.dumps(operation) + "\n")


def read(path):
    return [Operation(*json.loads(line)) for line in path.read_text().splitlines()]


def of_kind(history, *kinds):
    return [operation for operation in history if operation.kind in kinds]


def by_key(operations):
    found = {}
    for operation in operations:
        found.setdefault(operation.key, []).append(operation)
    return found
