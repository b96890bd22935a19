/* Requests of many names that take turns: the order of their replies and releases. */
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

#define REPLY(bytes) span_of(bytes, sizeof(bytes) - 1)
#define NOTHING span_of(NULL, 0)

static const char zero[] = "\0";
static const char zeros[] = "\0\0";
#define STOP REPLY(zero)

static struct world world;
static struct buffer requests;
static struct buffer expected;

/* A request of more than two names takes turns. */
static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    world.engine.limits.items_at_once = 2;
    return world_validate_all(&world);
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&requests);
    buffer_free(&expected);
    return 0;
}

static enum stop feed(size_t client, long steps)
{
    return world_feed(&world, client, &requests, steps);
}

static void set(size_t client, const char *key)
{
    add_valued(&requests, OP_SET, key, text("1"));
    assert_int_equal(feed(client, 100), STOP_NEEDS_BYTES);
}

/* Keys of one letter. */
static void set_each(size_t client, const char *letters)
{
    for (; *letters != '\0'; letters++)
        set(client, (const char[]){*letters, '\0'});
}

static void wait_for(size_t client, const char *keys)
{
    add_keys(&requests, OP_WAIT, keys);
    assert_int_equal(feed(client, 100), STOP_NEEDS_BYTES);
}

/* Until the session stops for another reason. */
static enum stop continue_step_by_step(size_t client)
{
    enum stop stop;

    do
        stop = world_continue(&world, client, 1);
    while (stop == STOP_TURN_OVER);
    return stop;
}

/* The moment of a MULTI_SET of "a b c" begins; no key has settled yet. */
static void begin_multi_set(size_t client)
{
    add_multi_set(&requests, "a 1 b 2 c 3");
    assert_int_equal(feed(client, 4), STOP_TURN_OVER);
    assert_int_equal(world.engine.store.moment.phase, MOMENT_SETTLING);
    assert_int_equal(store_count(&world.engine.store), 0);
}

static void expect_values(
    size_t client, const char *first, const char *second, const char *third)
{
    buffer_add_sized(&expected, text(first));
    buffer_add_sized(&expected, text(second));
    buffer_add_sized(&expected, text(third));
    world_expect(&world, client, buffer_span(&expected));
    buffer_clear(&expected);
}

static void a_release_in_the_middle_of_a_reply_is_sent_after_it(void **state)
{
    (void)state;
    set_each(1, "abc");
    wait_for(0, "k");
    add_keys(&requests, OP_MULTI_GET, "a b c");
    assert_int_equal(feed(0, 2), STOP_TURN_OVER);
    set(1, "k");
    assert_int_equal(world.clients[0].replies.len, 9);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    for (int i = 0; i < 3; i++)
        buffer_add_sized(&expected, text("1"));
    buffer_add(&expected, STOP);
    world_expect(&world, 0, buffer_span(&expected));
}

static void a_release_in_the_middle_of_a_reply_does_not_hold_up_others(void **state)
{
    (void)state;
    wait_for(0, "k");
    wait_for(1, "k");
    add_keys(&requests, OP_MULTI_GET, "a b c");
    assert_int_equal(feed(0, 2), STOP_TURN_OVER);
    set(2, "k");
    world_expect(&world, 1, STOP);
}

static void replies_past_the_limit_end_the_turn_of_a_multi_get(void **state)
{
    (void)state;
    set_each(0, "abc");
    world.engine.limits.reply_bytes = 10;
    add_keys(&requests, OP_MULTI_GET, "a b c");
    assert_int_equal(feed(0, 100), STOP_TURN_OVER);
    assert_int_equal(world.clients[0].replies.len, 18);
    assert_int_equal(world_continue(&world, 0, 100), STOP_NEEDS_BYTES);
    expect_values(0, "1", "1", "1");
}

/* Their values are copied to the reply. */
static void a_multi_get_of_few_keys_takes_turns_if_their_values_are_long(void **state)
{
    static const char value[] = "a value that is shorter than the limit, but not twice";
    static const char nonce[] = "\1\0\0\0";

    (void)state;
    world.engine.limits.bytes_at_once = 60;
    add_valued(&requests, OP_SET, "a", text(value));
    add_valued(&requests, OP_SET, "b", text(value));
    assert_int_equal(feed(1, 100), STOP_NEEDS_BYTES);
    add_keys(&requests, OP_MULTI_GET, "a");
    assert_int_equal(feed(0, 1), STOP_NEEDS_BYTES);
    buffer_clear(&world.clients[0].replies);
    add_word(&requests, OP_PING, 1);
    add_keys(&requests, OP_MULTI_GET, "a b");
    assert_int_equal(feed(0, 100), STOP_TURN_OVER);
    world_expect(&world, 0, REPLY(nonce));
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    buffer_add_sized(&expected, text(value));
    buffer_add_sized(&expected, text(value));
    world_expect(&world, 0, buffer_span(&expected));
}

static void a_multi_get_of_values_that_are_not_copied_takes_no_turns(void **state)
{
    static uint8_t bytes[8192];
    struct span value = span_of(bytes, sizeof(bytes));

    (void)state;
    add_valued(&requests, OP_SET, "a", value);
    assert_int_equal(world_send_in_place(&world, 1, &requests), 0);
    world.engine.limits.bytes_at_once = 100;
    add_keys(&requests, OP_MULTI_GET, "a a");
    assert_int_equal(feed(0, 1), STOP_NEEDS_BYTES);
    buffer_add_sized(&expected, value);
    buffer_add_sized(&expected, value);
    world_expect(&world, 0, buffer_span(&expected));
}

static void a_check_that_releases_its_own_client_replies_to_the_wait_first(void **state)
{
    static const char stop_not_ready[] = "\0\1";

    (void)state;
    wait_for(0, "b");
    add_keys(&requests, OP_CHECK, "a b x");
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    begin_multi_set(1);
    assert_int_equal(world_continue(&world, 0, 100), STOP_NEEDS_BYTES);
    world_expect(&world, 0, REPLY(stop_not_ready));
}

static void a_release_that_is_not_sent_yet_is_in_front_of_the_next_replies(void **state)
{
    (void)state;
    wait_for(0, "k");
    add_valued(&requests, OP_SET, "k", text(""));
    session_feed(
        &world.engine, &world.clients[1].session, buffer_span(&requests), &world.effects);
    buffer_clear(&requests);
    add_keys(&requests, OP_CHECK, "k");
    assert_int_equal(feed(0, 100), STOP_NEEDS_BYTES);
    world_expect(&world, 0, REPLY(zeros));
}

static void keys_listed_one_in_a_turn_are_those_of_the_first_turn(void **state)
{
    (void)state;
    set_each(1, "abc");
    add_bare(&requests, OP_LIST_KEYS);
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    set(1, "d");
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    buffer_add_u64(&expected, 3);
    expect_values(0, "a", "b", "c");
}

static void few_keys_are_listed_in_turns_if_they_are_long(void **state)
{
    (void)state;
    world.engine.limits.bytes_at_once = 10;
    set_each(1, "ab");
    add_bare(&requests, OP_LIST_KEYS);
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    buffer_add_u64(&expected, 2);
    buffer_add_sized(&expected, text("a"));
    buffer_add_sized(&expected, text("b"));
    world_expect(&world, 0, buffer_span(&expected));
    buffer_clear(&expected);
}

static void keys_are_not_listed_before_they_have_settled(void **state)
{
    (void)state;
    set_each(1, "xyz");
    add_word(&requests, OP_PING, 1);
    add_bare(&requests, OP_LIST_KEYS);
    assert_int_equal(feed(0, 100), STOP_TURN_OVER); /* it begins when the PING is answered */
    buffer_clear(&world.clients[0].replies);
    add_multi_set(&requests, "a 1 b 2 c 3");
    assert_int_equal(feed(1, 4), STOP_TURN_OVER);
    assert_int_equal(world_continue(&world, 0, 100), STOP_PENDING);
    assert_int_equal(continue_step_by_step(1), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 0);
    assert_int_equal(world_continue(&world, 0, 100), STOP_NEEDS_BYTES);
    assert_int_equal(world.clients[0].replies.bytes[0], 6);
}

/* The longest wait misses no other name, although not all of its keys have settled. */
static void a_push_releases_the_longest_wait_after_its_keys_have_settled(void **state)
{
    (void)state;
    wait_for(1, "q c");
    wait_for(2, "q");
    begin_multi_set(0);
    add_valued(&requests, OP_QUEUE_PUSH, "q", text("1"));
    assert_int_equal(feed(3, 100), STOP_PENDING);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 3);
    assert_int_equal(world_continue(&world, 3, 100), STOP_NEEDS_BYTES);
    world_expect(&world, 1, STOP);
    world_expect(&world, 2, NOTHING);
}

static void a_push_that_is_not_awaited_waits_for_no_keys(void **state)
{
    (void)state;
    begin_multi_set(0);
    add_valued(&requests, OP_QUEUE_PUSH, "q", text("1"));
    assert_int_equal(feed(3, 100), STOP_NEEDS_BYTES);
}

static void a_multi_set_that_is_visible_is_not_refused_memory(void **state)
{
    (void)state;
    begin_multi_set(0);
    outbox_done(&world.outbox);
    allocator_refuse_all(&world.allocator);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    assert_int_equal(store_count(&world.engine.store), 3);
    allocator_refuse_none(&world.allocator);
}

static void a_multi_set_of_few_keys_takes_turns_if_its_values_are_long(void **state)
{
    (void)state;
    world.engine.limits.bytes_at_once = 50;
    add_multi_set(&requests, "a 1 b 2");
    assert_int_equal(feed(0, 1), STOP_NEEDS_BYTES);
    add_multi_set(&requests, "c a-value-that-is-longer-than-that-limit-and-is-the-only-one");
    assert_int_equal(feed(0, 1), STOP_NEEDS_BYTES);
    add_multi_set(&requests, "c a-value-of-the-longer-kind d another");
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    assert_int_equal(store_count(&world.engine.store), 4);
}

/* Each is hashed, and a name may be as long as many. */
static void requests_of_few_names_take_turns_if_the_names_are_long(void **state)
{
    static const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET};

    (void)state;
    world.engine.limits.bytes_at_once = 50;
    set(0, "a-name-that-is-longer-than-other-names");
    set(0, "a");
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        add_keys(&requests, operations[i], "a-name-that-is-longer-than-other-names a");
        assert_int_equal(feed(0, 1), STOP_TURN_OVER);
        assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    }
}

static void a_multi_set_releases_its_own_client_when_the_key_settles(void **state)
{
    (void)state;
    wait_for(0, "a");
    begin_multi_set(0);
    world_expect(&world, 0, NOTHING);
    assert_int_equal(world_continue(&world, 0, 1), STOP_TURN_OVER);
    world_expect(&world, 0, STOP);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    world_expect(&world, 0, NOTHING);
}

static void a_wait_in_turns_is_not_released_before_it_has_looked_at_all_names(void **state)
{
    (void)state;
    add_keys(&requests, OP_WAIT, "a b c");
    assert_int_equal(feed(0, 2), STOP_TURN_OVER);
    set(1, "a");
    set(1, "b");
    world_expect(&world, 0, NOTHING);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    world_expect(&world, 0, NOTHING);
    set(1, "c");
    world_expect(&world, 0, STOP);
}

static void a_wait_in_turns_sees_keys_that_have_not_settled(void **state)
{
    (void)state;
    add_keys(&requests, OP_WAIT, "a b c");
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    begin_multi_set(1);
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    world_expect(&world, 0, STOP);
    assert_int_equal(store_count(&world.engine.store), 3);
}

static void a_wait_in_turns_for_names_that_appear_meanwhile_is_satisfied(void **state)
{
    (void)state;
    add_keys(&requests, OP_WAIT, "a b c");
    assert_int_equal(feed(0, 2), STOP_TURN_OVER);
    set_each(1, "abc");
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    world_expect(&world, 0, STOP);
}

static void a_wait_that_is_being_cancelled_is_not_released(void **state)
{
    static const char canceled[] = "\1";

    (void)state;
    wait_for(0, "a b c");
    add_bare(&requests, OP_CANCEL_WAIT);
    assert_int_equal(feed(0, 1), STOP_TURN_OVER);
    set_each(1, "abc");
    assert_int_equal(continue_step_by_step(0), STOP_NEEDS_BYTES);
    world_expect(&world, 0, REPLY(canceled));
}

static void cancelling_a_wait_takes_a_step_for_each_name(void **state)
{
    (void)state;
    wait_for(0, "a b c");
    add_bare(&requests, OP_CANCEL_WAIT);
    assert_int_equal(feed(0, 100), STOP_NEEDS_BYTES);
    assert_int_equal(world.effects.steps, 97);
}

/* With 0, a MULTI_SET of one pair would not pass the gate. */
static void a_limit_of_no_items_at_once_means_one(void **state)
{
    struct engine_limits limits = world.engine.limits;
    struct hash_key hash_key = {{1, 2, 3}};
    struct engine engine;

    (void)state;
    limits.items_at_once = 0;
    assert_int_equal(engine_init(&engine, &world.memory, &world.memory, &hash_key, &limits), 0);
    assert_int_equal(engine.limits.items_at_once, 1);
    engine_done(&engine);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_release_in_the_middle_of_a_reply_is_sent_after_it),
        TEST(a_release_in_the_middle_of_a_reply_does_not_hold_up_others),
        TEST(replies_past_the_limit_end_the_turn_of_a_multi_get),
        TEST(a_multi_get_of_few_keys_takes_turns_if_their_values_are_long),
        TEST(a_multi_get_of_values_that_are_not_copied_takes_no_turns),
        TEST(a_check_that_releases_its_own_client_replies_to_the_wait_first),
        TEST(a_release_that_is_not_sent_yet_is_in_front_of_the_next_replies),
        TEST(keys_listed_one_in_a_turn_are_those_of_the_first_turn),
        TEST(few_keys_are_listed_in_turns_if_they_are_long),
        TEST(keys_are_not_listed_before_they_have_settled),
        TEST(a_push_releases_the_longest_wait_after_its_keys_have_settled),
        TEST(a_push_that_is_not_awaited_waits_for_no_keys),
        TEST(a_multi_set_that_is_visible_is_not_refused_memory),
        TEST(a_multi_set_of_few_keys_takes_turns_if_its_values_are_long),
        TEST(requests_of_few_names_take_turns_if_the_names_are_long),
        TEST(a_multi_set_releases_its_own_client_when_the_key_settles),
        TEST(a_wait_in_turns_is_not_released_before_it_has_looked_at_all_names),
        TEST(a_wait_in_turns_sees_keys_that_have_not_settled),
        TEST(a_wait_in_turns_for_names_that_appear_meanwhile_is_satisfied),
        TEST(a_wait_that_is_being_cancelled_is_not_released),
        TEST(cancelling_a_wait_takes_a_step_for_each_name),
        TEST(a_limit_of_no_items_at_once_means_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
