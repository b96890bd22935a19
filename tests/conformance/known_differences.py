"""The tests that PyTorch's own server (2.13, 2.14) is known to fail, and why.

Each test listed here must fail against that server, with the exception given. When one passes, the
difference is gone: delete its line. `reason` names a row of the table of differences in
docs/PROTOCOL.md."""

from typing import NamedTuple

from support.client import ConnectionLost, NoReply


class Difference(NamedTuple):
    reason: str
    raises: type | tuple = AssertionError


SPLIT_VALIDATE = "row 1: a VALIDATE split across two reads loses the client"
NOT_CLOSED = "row 1: a wrong opcode or magic number before validation is ignored"
ACCEPTED = "row 1: the read after a wrong first operation is accepted"
KEY_BY_KEY = "row 3: MULTI_SET takes effect key by key while it arrives"
STAYS_REGISTERED = "row 5: a wait that QUEUE_PUSH has released stays registered"
QUEUE_MISSING = "row 6: WAIT for a ready queue and a missing key counts the queue as missing"
STAYS_COUNTED = "row 7: a client that gives up on BARRIER stays counted"
NO_KEEP_ALIVE = "row 11: no keep-alive"
MANY_WRITES = "row 12: one reply, one write"
SECOND_WAIT = "row 13: a second WAIT or BARRIER while one is pending is accepted"
WRAPS_AROUND = "row 14: sums outside i64 wrap around"
REPLIES_LOST = "row 19: replies before a bad request are lost unless the socket has taken them"
LONG_NUMBER = "row 17: a number that does not end within 64 bytes is accepted"

KNOWN_DIFFERENCES = {
    "test_add::test_add_out_of_range_closes_the_client_and_keeps_the_value":
        Difference(WRAPS_AROUND),
    "test_add::test_add_to_a_number_that_does_not_end_within_64_bytes_closes_the_client":
        Difference(LONG_NUMBER),
    "test_barrier::test_barrier_out_of_range_closes_the_client_and_keeps_the_value":
        Difference(WRAPS_AROUND, NoReply),
    "test_barrier::test_cancel_wait_at_a_barrier_decrements_the_count": Difference(STAYS_COUNTED),
    "test_barrier::test_cancel_wait_by_the_only_client_leaves_a_count_of_zero":
        Difference(STAYS_COUNTED),
    "test_barrier::test_a_retry_after_cancel_wait_does_not_release_the_others_early":
        Difference(STAYS_COUNTED),
    "test_barrier::test_a_lost_connection_at_a_barrier_decrements_the_count":
        Difference(STAYS_COUNTED),
    "test_barrier::test_a_client_closed_for_an_error_at_a_barrier_decrements_the_count":
        Difference(STAYS_COUNTED),
    "test_barrier::test_a_second_wait_or_barrier_while_one_is_pending_closes_the_client":
        Difference(SECOND_WAIT),
    "test_connections::test_an_accepted_socket_has_keep_alive_on": Difference(NO_KEEP_ALIVE),
    "test_connections::test_replies_to_one_read_are_sent_in_one_write": Difference(MANY_WRITES),
    "test_errors::test_replies_that_the_socket_did_not_take_before_a_bad_request_are_sent":
        Difference(REPLIES_LOST, ConnectionLost),
    "test_errors::test_replies_before_a_bad_request_are_sent_to_a_client_that_goes_on_sending":
        Difference(REPLIES_LOST, ConnectionLost),
    "test_multi::test_an_incomplete_multi_set_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_a_multi_set_that_never_completes_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_a_multi_set_with_an_over_long_key_has_no_effect": Difference(KEY_BY_KEY),
    "test_multi::test_multi_set_releases_waits_only_when_it_is_complete": Difference(KEY_BY_KEY),
    "test_queue::test_a_push_after_the_release_does_not_count_for_a_new_wait":
        Difference(STAYS_REGISTERED),
    "test_queue::test_wait_for_a_ready_queue_and_a_missing_key_waits_only_for_the_key":
        Difference(QUEUE_MISSING, NoReply),
    "test_validate::test_validate_cut_at_any_byte_is_accepted":
        Difference(SPLIT_VALIDATE, ConnectionLost),
    "test_validate::test_validate_and_ping_byte_by_byte_are_answered":
        Difference(SPLIT_VALIDATE, ConnectionLost),
    "test_validate::test_any_other_first_operation_closes_the_client":
        Difference(NOT_CLOSED, NoReply),
    "test_validate::test_an_unknown_first_operation_closes_the_client":
        Difference(NOT_CLOSED, NoReply),
    "test_validate::test_requests_after_a_wrong_first_operation_have_no_effect":
        Difference(ACCEPTED),
    "test_validate::test_a_wrong_magic_number_closes_the_client": Difference(NOT_CLOSED, NoReply),
    "test_validate::test_requests_after_a_wrong_magic_number_have_no_effect":
        Difference(NOT_CLOSED, NoReply),
    "test_wait::test_a_second_wait_while_one_is_pending_closes_the_client":
        Difference(SECOND_WAIT, NoReply),
    "test_wait::test_a_second_wait_for_an_existing_key_closes_the_client": Difference(SECOND_WAIT),
}
