"""Whether the operations on a register are linearizable: the search of Wing and Gong, with the memory
of states that Lowe added. The clients' own order must hold, too."""

from checkers import require
from history import COMPARE_SET, GET, SET, by_key, of_kind

MISSING = ""  # as GET and COMPARE_SET see a key that does not exist


def apply(operation, value):
    """The register's next value, and what the operation must return."""
    if operation.kind == SET:
        return operation.argument, None
    if operation.kind == GET:
        return value, value
    expected, desired = operation.argument
    if value == expected:
        return desired, desired
    return value, expected if value == MISSING else value


def eligible(sequences, positions):
    """The operations that may be next: a client's first that is left, unless another had ended before
    it began. With the client's number."""
    heads = [(number, sequence[position]) for number, (sequence, position)
             in enumerate(zip(sequences, positions)) if position < len(sequence)]
    earliest = min(head.end for _, head in heads)
    return [(number, head) for number, head in heads if head.begin <= earliest]


def next_states(sequences, positions, value):
    """An operation that changes nothing may as well be next at once: then it is the only choice."""
    found = []
    for number, operation in eligible(sequences, positions):
        after, result = apply(operation, value)
        if result != operation.result:
            continue
        state = (*positions[:number], positions[number] + 1, *positions[number + 1:]), after
        if after == value:
            return [state]
        found.append(state)
    return found


def is_linearizable(operations):
    """`operations` of one register, missing at first, in the order in which each client began them."""
    clients = {}
    for operation in operations:
        clients.setdefault(operation.client, []).append(operation)
    sequences = list(clients.values())
    end = tuple(map(len, sequences))
    states, seen = [((0,) * len(sequences), MISSING)], set()
    while states:
        state = states.pop()
        if state[0] == end:
            return True
        if state not in seen:
            seen.add(state)
            states += next_states(sequences, *state)
    return False


def check_registers(history):
    for key, operations in by_key(of_kind(history, SET, GET, COMPARE_SET)).items():
        require(is_linearizable(operations), "not linearizable:", key,
                *sorted(operations, key=lambda operation: operation.begin))
