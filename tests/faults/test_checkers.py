"""The checkers notice histories that no store has which executes each request once."""

import pytest

from checkers import (Violation, check_answers, check_barriers, check_counters, check_queues,
                      check_waits)
from history import (ADD, BARRIER, COMPARE_SET, GET, POP, PUSH, SET, TELL, WAIT, Operation)
from registers import check_registers


def add(client, result, begin, end):
    return Operation(client, ADD, "n", 1, result, begin, end)


def register(client, kind, argument, result, begin, end):
    return Operation(client, kind, "r", argument, result, begin, end)


def tell(begin, end, value="v"):
    return Operation("teller", TELL, "k", value, None, begin, end)


def wait(begin, end, value="v"):
    return Operation("waiter", WAIT, "k", None, value, begin, end)


def arrive(client, begin, end):
    return Operation(client, BARRIER, "b", None, None, begin, end)


def push(value, begin, end, client="p"):
    return Operation(client, PUSH, "q", value, None, begin, end)


def pop(value, begin, end, client="c"):
    return Operation(client, POP, "q", None, value, begin, end)


# Counters

ADDS = [add("a", 1, 0, 10), add("b", 2, 5, 15), add("a", 3, 20, 30)]


def test_adds_that_each_count_once_are_right():
    check_counters(ADDS, {"n": 3})


@pytest.mark.parametrize("adds, total", [
    ([add("a", 1, 0, 10), add("a", 3, 20, 30)], 2),  # one has counted twice
    ([add("a", 1, 0, 10), add("b", 1, 5, 15)], 1),  # one has not counted
    (ADDS, 4),  # the last has counted twice, and its second reply was dropped
    (ADDS, 2),  # it was forgotten
    ([add("a", 2, 0, 10), add("b", 1, 11, 20)], 2),  # the earlier one has counted later
    ([add("a", 2, 0, 10), add("a", 1, 0, 10)], 2)])  # so have two of a client, sent together
def test_adds_that_are_lost_doubled_or_out_of_order_are_noticed(adds, total):
    with pytest.raises(Violation):
        check_counters(adds, {"n": total})


# Registers

@pytest.mark.parametrize("operations", [
    [register("a", SET, "1", None, 0, 10), register("b", GET, None, "", 5, 8),
     register("b", GET, None, "1", 8, 9)],
    [register("a", SET, "1", None, 0, 10), register("a", SET, "2", None, 0, 10),
     register("a", GET, None, "2", 0, 10), register("b", GET, None, "1", 1, 9)],
    [register("a", COMPARE_SET, ["", "1"], "1", 0, 5), register("b", COMPARE_SET, ["", "2"], "1", 0, 5),
     register("b", COMPARE_SET, ["1", "3"], "3", 6, 9), register("a", GET, None, "3", 10, 11)],
    [register("a", COMPARE_SET, ["x", "1"], "x", 0, 5), register("a", GET, None, "", 6, 7)]])
def test_linearizable_registers_are_right(operations):
    check_registers(operations)


@pytest.mark.parametrize("operations", [
    # A stale read
    [register("a", SET, "1", None, 0, 10), register("a", SET, "2", None, 11, 20),
     register("b", GET, None, "1", 21, 30)],
    # A client does not read what it has set itself
    [register("a", SET, "1", None, 0, 10), register("a", GET, None, "", 0, 10)],
    # A SET that took effect twice
    [register("a", SET, "1", None, 0, 10), register("b", COMPARE_SET, ["1", "2"], "2", 11, 20),
     register("b", GET, None, "1", 21, 30)],
    # Two readers see two SETs in different orders
    [register("a", SET, "1", None, 0, 50), register("b", SET, "2", None, 0, 50),
     register("c", GET, None, "1", 0, 10), register("c", GET, None, "2", 20, 30),
     register("d", GET, None, "2", 0, 10), register("d", GET, None, "1", 20, 30)],
    # Two have changed the same value
    [register("a", COMPARE_SET, ["", "1"], "1", 0, 5), register("b", COMPARE_SET, ["", "2"], "2", 0, 5)],
    # A reply of another request
    [register("a", SET, "1", None, 0, 10), register("b", GET, None, "never set", 5, 20)]])
def test_registers_that_are_not_linearizable_are_noticed(operations):
    with pytest.raises(Violation):
        check_registers(operations)


# Waits and barriers

def test_a_wait_that_ends_after_its_key_is_set_is_right():
    check_waits([tell(10, 20), wait(0, 12)])


@pytest.mark.parametrize("operations", [
    [tell(10, 20), wait(0, 9)],  # it was released too early
    [wait(0, 9)],  # by nothing
    [tell(10, 20), wait(0, 30, "another value")]])
def test_a_wait_that_ends_wrongly_is_noticed(operations):
    with pytest.raises(Violation):
        check_waits(operations)


@pytest.mark.parametrize("lost", [add("a", None, 0, None), wait(0, None), arrive("a", 0, None),
                                  pop(None, 0, None), register("a", SET, "1", None, 0, None)])
def test_an_operation_without_an_answer_is_noticed(lost):
    check_answers(ADDS)
    with pytest.raises(Violation):
        check_answers([*ADDS, lost])


def test_a_barrier_that_all_pass_after_the_last_has_come_is_right():
    check_barriers([arrive("a", 0, 30), arrive("b", 20, 25)], 2)


@pytest.mark.parametrize("arrivals", [
    [arrive("a", 0, 10), arrive("b", 20, 25)],  # one has passed too early
    [arrive("a", 0, 30)],  # without the other
    [arrive("a", 0, 30), arrive("a", 20, 25)]])  # it has counted twice
def test_a_barrier_that_is_passed_wrongly_is_noticed(arrivals):
    with pytest.raises(Violation):
        check_barriers(arrivals, 2)


# Queues

def test_a_queue_that_keeps_the_order_of_each_producer_is_right():
    check_queues([push("1", 0, 10), push("2", 0, 10), push("3", 0, 10, "other"),
                  pop("3", 11, 12), pop("1", 20, 22), pop("2", 19, 21, "d")])


@pytest.mark.parametrize("operations", [
    [push("1", 0, 10)],  # it was lost
    [push("1", 0, 10), pop("1", 11, 12), pop("1", 13, 14)],  # doubled
    [push("1", 0, 10), pop("1", 11, 12), pop("2", 13, 14)],  # invented
    [push("1", 10, 20), pop("1", 5, 9)],  # popped before it was pushed
    [push("1", 0, 10), push("2", 0, 10), pop("2", 11, 12), pop("1", 13, 14)]])  # out of order
def test_entries_that_are_lost_doubled_or_out_of_order_are_noticed(operations):
    with pytest.raises(Violation):
        check_queues(operations)
