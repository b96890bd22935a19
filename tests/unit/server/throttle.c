/* How many lines a flow may write, and how suppressed lines are counted. */
#include "server/throttle.h"

#include "support/test.h"

static const char event[] = "event";
static const char reason[] = "reason";

static struct flow_key flow(uint8_t network)
{
    return (struct flow_key){
        .event = event, .reason = reason, .network = {network}, .network_len = 3};
}

static uint64_t admit(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    uint64_t suppressed = 0;

    assert_true(throttle_admit(throttle, key, now, &suppressed));
    return suppressed;
}

static void assert_suppressed(
    struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    uint64_t untouched = 77;

    assert_false(throttle_admit(throttle, key, now, &untouched));
    assert_int_equal(untouched, 77);
}

static void exhaust(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    for (int i = 0; i < THROTTLE_BURST; i++)
        assert_int_equal(admit(throttle, key, now), 0);
    assert_suppressed(throttle, key, now);
}

static void assert_no_flow_is_quiet(struct throttle *throttle, uint64_t now)
{
    struct flow_key key;
    uint64_t suppressed;

    assert_false(throttle_take_suppressed(throttle, now, &key, &suppressed));
}

static void a_flow_writes_a_burst_and_then_one_line_per_interval(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    uint64_t now = 5000;

    (void)state;
    exhaust(&throttle, &key, now);
    for (int i = 0; i < 3; i++) {
        assert_suppressed(&throttle, &key, now + THROTTLE_REFILL_MS - 1);
        now += THROTTLE_REFILL_MS;
        assert_int_equal(admit(&throttle, &key, now), 2);
        assert_suppressed(&throttle, &key, now);
    }
}

static void the_next_line_of_a_flow_reports_its_suppressed_lines(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);

    (void)state;
    exhaust(&throttle, &key, 0);
    for (int i = 0; i < 99; i++)
        assert_suppressed(&throttle, &key, 1);
    assert_int_equal(admit(&throttle, &key, THROTTLE_REFILL_MS), 100);
    assert_no_flow_is_quiet(&throttle, UINT64_MAX);
}

static void a_flow_that_pauses_can_write_a_whole_burst_again(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    uint64_t later = (uint64_t)THROTTLE_BURST * THROTTLE_REFILL_MS;

    (void)state;
    exhaust(&throttle, &key, 0);
    assert_int_equal(admit(&throttle, &key, later), 1);
    for (int i = 1; i < THROTTLE_BURST; i++)
        assert_int_equal(admit(&throttle, &key, later), 0);
    assert_suppressed(&throttle, &key, later);
}

static void flows_with_another_event_reason_or_network_are_limited_apart(void **state)
{
    struct throttle throttle = {0};
    struct flow_key keys[] = {flow(1), flow(1), flow(1), flow(2), flow(1)};

    (void)state;
    keys[1].event = "another";
    keys[2].reason = "another";
    keys[4].network_len = 8;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        exhaust(&throttle, &keys[i], 0);
}

static void the_count_of_a_quiet_flow_is_returned_once(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    struct flow_key quiet;
    uint64_t suppressed;

    (void)state;
    assert_true(throttle_next_report(&throttle) == UINT64_MAX);
    exhaust(&throttle, &key, 0);
    assert_suppressed(&throttle, &key, 500);
    assert_int_equal(throttle_next_report(&throttle), 500 + THROTTLE_REFILL_MS);
    assert_no_flow_is_quiet(&throttle, 500 + THROTTLE_REFILL_MS - 1);
    assert_true(
        throttle_take_suppressed(&throttle, 500 + THROTTLE_REFILL_MS, &quiet, &suppressed));
    assert_int_equal(suppressed, 2);
    assert_ptr_equal(quiet.event, event);
    assert_int_equal(quiet.network[0], 1);
    assert_no_flow_is_quiet(&throttle, UINT64_MAX);
    assert_true(throttle_next_report(&throttle) == UINT64_MAX);
}

static void flows_beyond_the_table_share_one(void **state)
{
    struct throttle throttle = {0};
    struct flow_key busy = flow(1);
    struct flow_key one = flow(2);
    struct flow_key other = flow(3);
    struct flow_key quiet;
    uint64_t suppressed;

    (void)state;
    for (int i = 0; i < THROTTLE_FLOWS / 2; i++) {
        busy.network[1] = (uint8_t)i;
        busy.reason = "one";
        assert_int_equal(admit(&throttle, &busy, 0), 0);
        busy.reason = "another";
        assert_int_equal(admit(&throttle, &busy, 0), 0);
    }
    exhaust(&throttle, &one, 0);
    assert_suppressed(&throttle, &other, 0);
    assert_true(throttle_take_suppressed(&throttle, UINT64_MAX, &quiet, &suppressed));
    assert_null(quiet.event);
    assert_int_equal(suppressed, 2);
    assert_int_equal(admit(&throttle, &other, THROTTLE_REFILL_MS), 0);
}

static void a_full_table_replaces_flows_that_have_nothing_to_report(void **state)
{
    struct throttle throttle = {0};
    struct flow_key first = flow(1);
    struct flow_key key = flow(2);
    uint64_t later = (uint64_t)THROTTLE_BURST * THROTTLE_REFILL_MS;

    (void)state;
    exhaust(&throttle, &first, 0);
    for (int i = 0; i < THROTTLE_FLOWS; i++) {
        key.network[1] = (uint8_t)i;
        key.network[2] = (uint8_t)(i >> 8);
        admit(&throttle, &key, later);
    }
    assert_int_equal(admit(&throttle, &first, later), 1);
}

static void every_line_of_random_flows_is_written_or_counted(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    struct flow_key quiet;
    uint64_t suppressed;
    uint64_t accounted = 0;
    uint64_t now = 0;
    uint32_t random = 1;
    enum { LINES = 20000 };

    (void)state;
    for (int i = 0; i < LINES; i++) {
        random = random * 1103515245 + 12345;
        now += random >> 24;
        key.network[0] = (uint8_t)(random >> 16);
        key.network[1] = (uint8_t)(random >> 12) & 3;
        if (throttle_admit(&throttle, &key, now, &suppressed))
            accounted += 1 + suppressed;
        if (random >> 28 == 0 && throttle_take_suppressed(&throttle, now, &quiet, &suppressed))
            accounted += suppressed;
    }
    while (throttle_take_suppressed(&throttle, UINT64_MAX, &quiet, &suppressed))
        accounted += suppressed;
    assert_int_equal(accounted, LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flow_writes_a_burst_and_then_one_line_per_interval),
        cmocka_unit_test(the_next_line_of_a_flow_reports_its_suppressed_lines),
        cmocka_unit_test(a_flow_that_pauses_can_write_a_whole_burst_again),
        cmocka_unit_test(flows_with_another_event_reason_or_network_are_limited_apart),
        cmocka_unit_test(the_count_of_a_quiet_flow_is_returned_once),
        cmocka_unit_test(flows_beyond_the_table_share_one),
        cmocka_unit_test(a_full_table_replaces_flows_that_have_nothing_to_report),
        cmocka_unit_test(every_line_of_random_flows_is_written_or_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
