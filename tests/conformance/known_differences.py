"""Where PyTorch's own server (2.13, 2.14) is known to answer otherwise, and why ours does not.

Each test named here must fail against that server, in the way given; when one passes, the
difference has vanished and its line goes. `because` is a row of the table of differences in
docs/PROTOCOL.md."""

from typing import NamedTuple

from support.client import ConnectionLost, NoReply


class Difference(NamedTuple):
    because: str
    shows_as: type | tuple = AssertionError


SPLIT_VALIDATE = "row 1: a VALIDATE split across two reads loses the client"
NOT_CLOSED = "row 1: a wrong opcode or magic before validation is ignored, not refused"
LET_IN = "row 1: the read after a wrong first operation is let in"
KEY_BY_KEY = "row 3: MULTI_SET takes effect key by key while it arrives"
STAYS_REGISTERED = "row 5: a waiter woken by a queue stays registered"
QUEUE_MISSING = "row 6: WAIT on a ready queue and a missing key counts the queue as missing"
STAYS_COUNTED = "row 7: a rank that gives up on BARRIER stays counted"
NO_KEEP_ALIVE = "row 11: no keep-alive"
MANY_WRITES = "row 12: one reply, one write"
SECOND_WAIT = "row 13: a second WAIT or BARRIER while one is pending is let in"
WRAPS_AROUND = "row 14: sums outside i64 wrap around"

KNOWN_DIFFERENCES = {
    "test_add::test_a_sum_out_of_range_closes_that_client_and_changes_nothing":
        Difference(WRAPS_AROUND),
    "test_barrier::test_a_count_out_of_range_closes_that_client_and_stays":
        Difference(WRAPS_AROUND, NoReply),
    "test_barrier::test_cancel_takes_the_count_back": Difference(STAYS_COUNTED),
    "test_barrier::test_cancel_by_the_only_one_leaves_a_zero": Difference(STAYS_COUNTED),
    "test_barrier::test_a_retry_does_not_release_the_others_early": Difference(STAYS_COUNTED),
    "test_barrier::test_a_lost_connection_takes_its_count_back": Difference(STAYS_COUNTED),
    "test_barrier::test_a_client_closed_for_an_error_takes_its_count_back":
        Difference(STAYS_COUNTED),
    "test_barrier::test_a_second_wait_or_barrier_while_one_is_pending_closes":
        Difference(SECOND_WAIT),
    "test_connections::test_keep_alive_is_on_every_accepted_socket": Difference(NO_KEEP_ALIVE),
    "test_connections::test_replies_to_one_read_leave_in_one_write": Difference(MANY_WRITES),
    "test_multi::test_an_incomplete_multi_set_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_a_multi_set_that_never_completes_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_a_multi_set_with_an_over_long_key_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_multi_set_wakes_after_all_keys_are_in": Difference(KEY_BY_KEY),
    "test_queue::test_a_woken_waiter_is_registered_nowhere": Difference(STAYS_REGISTERED),
    "test_queue::test_wait_on_a_ready_queue_and_a_missing_key_counts_the_queue_as_ready":
        Difference(QUEUE_MISSING, NoReply),
    "test_validate::test_validate_cut_anywhere": Difference(SPLIT_VALIDATE, ConnectionLost),
    "test_validate::test_validate_and_ping_byte_by_byte":
        Difference(SPLIT_VALIDATE, ConnectionLost),
    "test_validate::test_any_other_first_operation_closes": Difference(NOT_CLOSED, NoReply),
    "test_validate::test_unknown_first_operation_closes": Difference(NOT_CLOSED, NoReply),
    "test_validate::test_the_read_after_a_wrong_first_operation_is_not_let_in":
        Difference(LET_IN),
    "test_validate::test_wrong_magic_closes": Difference(NOT_CLOSED, NoReply),
    "test_validate::test_nothing_after_a_wrong_magic_takes_effect":
        Difference(NOT_CLOSED, NoReply),
    "test_wait::test_a_second_wait_while_one_is_pending_closes":
        Difference(SECOND_WAIT, NoReply),
    "test_wait::test_a_second_wait_closes_even_if_it_could_be_satisfied":
        Difference(SECOND_WAIT),
}
