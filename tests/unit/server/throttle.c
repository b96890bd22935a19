/* How many lines a flow may write, and that no line that is left out goes uncounted. */
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
    uint64_t left_out = 0;

    assert_true(throttle_admit(throttle, key, now, &left_out));
    return left_out;
}

static void leave_out(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    uint64_t untouched = 77;

    assert_false(throttle_admit(throttle, key, now, &untouched));
    assert_int_equal(untouched, 77);
}

static void exhaust(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    for (int i = 0; i < THROTTLE_BURST; i++)
        assert_int_equal(admit(throttle, key, now), 0);
    leave_out(throttle, key, now);
}

static void assert_nothing_has_ended(struct throttle *throttle, uint64_t now)
{
    struct flow_key key;
    uint64_t left_out;

    assert_false(throttle_take_ended(throttle, now, &key, &left_out));
}

static void a_burst_is_let_through_then_one_line_each_interval(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    uint64_t now = 5000;

    (void)state;
    exhaust(&throttle, &key, now);
    for (int i = 0; i < 3; i++) {
        leave_out(&throttle, &key, now + THROTTLE_REFILL_MS - 1);
        now += THROTTLE_REFILL_MS;
        assert_int_equal(admit(&throttle, &key, now), 2);
        leave_out(&throttle, &key, now);
    }
}

static void a_line_that_is_let_through_says_how_many_were_not(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);

    (void)state;
    exhaust(&throttle, &key, 0);
    for (int i = 0; i < 99; i++)
        leave_out(&throttle, &key, 1);
    assert_int_equal(admit(&throttle, &key, THROTTLE_REFILL_MS), 100);
    assert_nothing_has_ended(&throttle, UINT64_MAX);
}

static void a_flow_that_pauses_has_its_whole_burst_again(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    uint64_t later = (uint64_t)THROTTLE_BURST * THROTTLE_REFILL_MS;

    (void)state;
    exhaust(&throttle, &key, 0);
    assert_int_equal(admit(&throttle, &key, later), 1);
    for (int i = 1; i < THROTTLE_BURST; i++)
        assert_int_equal(admit(&throttle, &key, later), 0);
    leave_out(&throttle, &key, later);
}

static void flows_differ_by_event_reason_and_network(void **state)
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

static void the_count_of_a_flow_that_ends_is_taken_once(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    struct flow_key ended;
    uint64_t left_out;

    (void)state;
    assert_true(throttle_next_end(&throttle) == UINT64_MAX);
    exhaust(&throttle, &key, 0);
    leave_out(&throttle, &key, 500);
    assert_int_equal(throttle_next_end(&throttle), 500 + THROTTLE_REFILL_MS);
    assert_nothing_has_ended(&throttle, 500 + THROTTLE_REFILL_MS - 1);
    assert_true(throttle_take_ended(&throttle, 500 + THROTTLE_REFILL_MS, &ended, &left_out));
    assert_int_equal(left_out, 2);
    assert_ptr_equal(ended.event, event);
    assert_int_equal(ended.network[0], 1);
    assert_nothing_has_ended(&throttle, UINT64_MAX);
    assert_true(throttle_next_end(&throttle) == UINT64_MAX);
}

static void flows_without_a_place_share_one(void **state)
{
    struct throttle throttle = {0};
    struct flow_key busy = flow(1);
    struct flow_key one = flow(2);
    struct flow_key other = flow(3);
    struct flow_key ended;
    uint64_t left_out;

    (void)state;
    for (int i = 0; i < THROTTLE_FLOWS / 2; i++) {
        busy.network[1] = (uint8_t)i;
        busy.reason = "one";
        assert_int_equal(admit(&throttle, &busy, 0), 0);
        busy.reason = "another";
        assert_int_equal(admit(&throttle, &busy, 0), 0);
    }
    exhaust(&throttle, &one, 0);
    leave_out(&throttle, &other, 0);
    assert_true(throttle_take_ended(&throttle, UINT64_MAX, &ended, &left_out));
    assert_null(ended.event);
    assert_int_equal(left_out, 2);
    assert_int_equal(admit(&throttle, &other, THROTTLE_REFILL_MS), 0);
}

static void a_place_is_taken_over_when_its_flow_has_nothing_to_report(void **state)
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

/* Whatever comes, each line is written or counted. */
static void no_line_is_lost(void **state)
{
    struct throttle throttle = {0};
    struct flow_key key = flow(1);
    struct flow_key ended;
    uint64_t left_out;
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
        if (throttle_admit(&throttle, &key, now, &left_out))
            accounted += 1 + left_out;
        if (random >> 28 == 0 && throttle_take_ended(&throttle, now, &ended, &left_out))
            accounted += left_out;
    }
    while (throttle_take_ended(&throttle, UINT64_MAX, &ended, &left_out))
        accounted += left_out;
    assert_int_equal(accounted, LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_let_through_then_one_line_each_interval),
        cmocka_unit_test(a_line_that_is_let_through_says_how_many_were_not),
        cmocka_unit_test(a_flow_that_pauses_has_its_whole_burst_again),
        cmocka_unit_test(flows_differ_by_event_reason_and_network),
        cmocka_unit_test(the_count_of_a_flow_that_ends_is_taken_once),
        cmocka_unit_test(flows_without_a_place_share_one),
        cmocka_unit_test(a_place_is_taken_over_when_its_flow_has_nothing_to_report),
        cmocka_unit_test(no_line_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
