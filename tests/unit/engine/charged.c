/* Requests take steps for all that they look up, compare, copy and wake. */
#include <stdio.h>

#include "base/step.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    KI = 1024,
    LONG = 512 * KI,
    STEPS = 1000000,
};

static struct world world;
static struct buffer requests;
static uint8_t bytes[LONG];

static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    memset(bytes, 'v', sizeof(bytes));
    return world_validate_all(&world);
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&requests);
    return 0;
}

static struct span long_value(size_t len)
{
    return span_of(bytes, len);
}

static long steps_of(size_t client)
{
    world_feed(&world, client, &requests, STEPS);
    return STEPS - world.effects.steps;
}

static void set(const char *key, size_t len)
{
    add_valued(&requests, OP_SET, key, long_value(len));
    assert_int_equal(world_send(&world, 0, &requests), 0);
}

static void a_value_that_is_copied_to_the_reply_is_charged(void **state)
{
    (void)state;
    set("key", 4000);
    add_keyed(&requests, OP_GET, "key");
    assert_true(steps_of(0) > 4000 / STEP_NEW_BYTES);
}

static void an_entry_that_is_copied_to_the_reply_is_charged(void **state)
{
    (void)state;
    add_valued(&requests, OP_QUEUE_PUSH, "q", long_value(4000));
    assert_int_equal(world_send(&world, 0, &requests), 0);
    add_keyed(&requests, OP_QUEUE_POP, "q");
    assert_true(steps_of(0) > 4000 / STEP_NEW_BYTES);
}

static void values_that_are_compared_are_charged(void **state)
{
    (void)state;
    set("key", LONG);
    add_compare_set(&requests, "key", long_value(LONG), text("new"));
    assert_true(steps_of(0) > LONG / STEP_BYTES);
}

static void a_value_that_moves_to_be_appended_to_is_charged(void **state)
{
    (void)state;
    set("key", LONG);
    add_valued(&requests, OP_APPEND, "key", text("more"));
    assert_true(steps_of(0) > LONG / STEP_NEW_BYTES);
    add_valued(&requests, OP_APPEND, "key", text("more")); /* it has room now */
    assert_true(steps_of(0) < 10);
}

static void a_value_that_moves_waits_for_a_turn_with_steps_for_it(void **state)
{
    (void)state;
    set("key", LONG);
    add_valued(&requests, OP_APPEND, "key", text("more"));
    assert_int_equal(world_feed(&world, 0, &requests, 64), STOP_TURN_OVER);
    assert_true(world.effects.steps > 0);
    assert_int_equal(world_continue(&world, 0, 1), STOP_NEEDS_BYTES);
    add_keyed(&requests, OP_GET, "key");
    world_feed(&world, 0, &requests, STEPS);
    assert_int_equal(world.clients[0].replies.len, 8 + LONG + 4);
}

static void bytes_that_are_appended_are_charged(void **state)
{
    (void)state;
    set("key", 1);
    add_valued(&requests, OP_APPEND, "key", long_value(LONG));
    assert_true(steps_of(0) > LONG / STEP_NEW_BYTES);
}

static void long_names_are_charged(void **state)
{
    static const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET};
    char names[8 * KI + 1];

    (void)state;
    memset(names, 'n', sizeof(names) - 1);
    names[sizeof(names) - 1] = '\0';
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        add_keys(&requests, operations[i], names);
        assert_true(steps_of(i) > 8 * KI / STEP_BYTES);
    }
}

static void a_list_of_keys_that_takes_longer_than_the_turn_goes_on_in_others(void **state)
{
    char key[16];

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof(key), "%d", i);
        set(key, 1);
    }
    add_bare(&requests, OP_LIST_KEYS);
    assert_int_equal(world_feed(&world, 0, &requests, 64), STOP_TURN_OVER);
    assert_true(world.effects.steps > -10);
}

/* "0 1 2 …" with `after` behind each. */
static void list_numbers(char *text, int count, const char *after)
{
    *text = '\0';
    for (int i = 0; i < count; i++)
        text += sprintf(text, "%s%d%s", i > 0 ? " " : "", i, after);
}

static void a_multi_set_with_many_waits_registered_takes_turns(void **state)
{
    enum { NAMES = 100 };
    char text[NAMES * 8];

    (void)state;
    world.engine.limits.items_at_once = 3;
    list_numbers(text, NAMES, "");
    for (size_t client = 1; client < WORLD_CLIENTS; client++) {
        add_keys(&requests, OP_WAIT, text);
        assert_int_equal(world_feed(&world, client, &requests, STEPS), STOP_NEEDS_BYTES);
    }
    add_multi_set(&requests, "0 v 1 v 2 v");
    assert_int_equal(world_feed(&world, 0, &requests, 1), STOP_TURN_OVER);
    while (world_continue(&world, 0, 1) == STOP_TURN_OVER)
        ;
    world_expect(&world, 0, span_of(NULL, 0));
}

/* Two clients that register in turn are at the name again and again. */
static void wait_in_turn(const char *keys)
{
    bool is_over = true;

    for (size_t client = 1; client <= 2; client++) {
        add_keys(&requests, OP_WAIT, keys);
        assert_int_equal(world_feed(&world, client, &requests, 1), STOP_TURN_OVER);
    }
    while (is_over) {
        is_over = false;
        for (size_t client = 1; client <= 2; client++)
            is_over |= world_continue(&world, client, 1) == STOP_TURN_OVER;
    }
}

static void a_request_that_settles_awaited_keys_goes_on_in_another_turn(void **state)
{
    (void)state;
    world.engine.limits.items_at_once = 2;
    wait_in_turn("a a a a a missing");
    add_multi_set(&requests, "a 1 b 2 c 3");
    assert_int_equal(world_feed(&world, 0, &requests, 4), STOP_TURN_OVER);
    assert_int_equal(world.engine.store.moment.phase, MOMENT_SETTLING);
    add_keys(&requests, OP_CHECK, "a b");
    assert_int_equal(world_feed(&world, 3, &requests, 1), STOP_TURN_OVER);
    assert_int_equal(world_continue(&world, 3, 1), STOP_NEEDS_BYTES);
    world_expect(&world, 3, span_of("\0", 1));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_value_that_is_copied_to_the_reply_is_charged),
        TEST(an_entry_that_is_copied_to_the_reply_is_charged),
        TEST(values_that_are_compared_are_charged),
        TEST(a_value_that_moves_to_be_appended_to_is_charged),
        TEST(a_value_that_moves_waits_for_a_turn_with_steps_for_it),
        TEST(bytes_that_are_appended_are_charged),
        TEST(long_names_are_charged),
        TEST(a_list_of_keys_that_takes_longer_than_the_turn_goes_on_in_others),
        TEST(a_multi_set_with_many_waits_registered_takes_turns),
        TEST(a_request_that_settles_awaited_keys_goes_on_in_another_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
