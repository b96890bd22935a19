/* What an observer sees of the engine and its sessions. */
#include <stdio.h>
#include <string.h>

#include "engine/view.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum { CLIENT = 0, OTHER = 1, STEPS = 10000 };

static struct world world;
static struct buffer bytes;
static struct buffer others;
static long steps;

static int set_up(void **state)
{
    (void)state;
    return world_init(&world, 0) || world_validate_all(&world) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&bytes);
    buffer_free(&others);
    bytes = others = (struct buffer){0};
    return 0;
}

static void send(void)
{
    assert_int_equal(world_send(&world, CLIENT, &bytes), 0);
}

static const struct activity *activity(void)
{
    return &world.clients[CLIENT].session.activity;
}

static void expect_first_key(const char *key)
{
    assert_span_is(span_of(activity()->key, activity()->key_len), key);
}

static void the_first_key_that_is_set_is_remembered(void **state)
{
    (void)state;
    add_keyed(&bytes, OP_GET, "read");
    send();
    expect_first_key("");
    add_valued(&bytes, OP_SET, "first", text("1"));
    add_valued(&bytes, OP_SET, "second", text("2"));
    send();
    expect_first_key("first");
}

static void the_first_key_may_be_appended_to(void **state)
{
    (void)state;
    add_valued(&bytes, OP_APPEND, "appended", text("1"));
    send();
    expect_first_key("appended");
}

static void the_first_key_may_be_compared_and_set(void **state)
{
    (void)state;
    add_compare_set(&bytes, "compared", text(""), text("1"));
    send();
    expect_first_key("compared");
}

static void of_a_long_first_key_the_end_is_remembered(void **state)
{
    char key[ACTIVITY_KEY_MAX + 10];

    (void)state;
    memset(key, 'x', sizeof(key) - 1);
    key[sizeof(key) - 1] = 0;
    key[sizeof(key) - 2] = '7';
    add_valued(&bytes, OP_SET, key, text("1"));
    send();
    assert_int_equal(activity()->key_len, ACTIVITY_KEY_MAX);
    expect_first_key(key + sizeof(key) - 1 - ACTIVITY_KEY_MAX);
}

static uint64_t executed(uint8_t opcode)
{
    uint64_t count;

    view_operation(&world.engine, opcode, &count);
    return count;
}

static void requests_are_counted_by_session_and_operation(void **state)
{
    uint64_t before = activity()->requests;

    (void)state;
    add_valued(&bytes, OP_SET, "a", text("1"));
    add_keyed(&bytes, OP_GET, "a");
    add_keyed(&bytes, OP_GET, "a");
    send();
    assert_int_equal(activity()->requests, before + 3);
    assert_int_equal(executed(WIRE_SET), 1);
    assert_int_equal(executed(WIRE_GET), 2);
}

static struct view view_of(size_t client)
{
    steps = STEPS;
    return view_session(&world.engine, &world.clients[client].session, &steps);
}

static void a_wait_is_seen_with_the_first_key_that_it_lacks(void **state)
{
    struct view view;

    (void)state;
    add_valued(&bytes, OP_SET, "there", text("1"));
    add_keys(&bytes, OP_WAIT, "there missing other");
    send();
    view = view_of(CLIENT);
    assert_span_is(view.awaited, "missing");
    assert_int_equal(view.awaited_count, 2);
    assert_int_equal(view.barrier_size, 0);
    assert_int_equal(view_of(OTHER).awaited_count, 0);
}

static void the_search_for_the_first_key_of_many_takes_steps(void **state)
{
    enum { KEYS = 1000 };
    char keys[KEYS * sizeof("1000")] = "there";
    size_t len = strlen(keys);

    (void)state;
    for (unsigned key = 1; key < KEYS; key++)
        len += (size_t)snprintf(keys + len, sizeof(keys) - len, " %u", key);
    add_keys(&bytes, OP_WAIT, keys);
    add_valued(&others, OP_SET, "there", text("1"));
    send();
    assert_span_is(view_of(CLIENT).awaited, "there");
    assert_int_equal(steps, STEPS);
    assert_int_equal(world_send(&world, OTHER, &others), 0);
    assert_span_is(view_of(CLIENT).awaited, "1");
    assert_in_range(STEPS - steps, KEYS / 100, KEYS);
}

static void send_from_other(const char *key)
{
    add_valued(&bytes, OP_SET, key, text("1"));
    assert_int_equal(world_send(&world, OTHER, &bytes), 0);
}

static void of_a_wait_for_many_keys_one_that_is_missing_is_seen(void **state)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    (void)state;
    add_keys(&bytes, OP_WAIT, "a b c d e f g h");
    send();
    for (size_t i = 0; i < 7; i++) {
        send_from_other(keys[i]);
        assert_int_equal(view_of(CLIENT).awaited_count, 7 - i);
    }
    assert_span_is(view_of(CLIENT).awaited, "h");
}

static void a_barrier_is_seen_with_its_size(void **state)
{
    struct view view;

    (void)state;
    add_numbered(&bytes, OP_BARRIER, "all", 8);
    send();
    view = view_of(CLIENT);
    assert_span_is(view.awaited, "all");
    assert_int_equal(view.barrier_size, 8);
}

static void keys_are_listed_with_the_size_of_their_values(void **state)
{
    struct keys_cursor cursor = {0};
    struct span key;
    size_t size;

    (void)state;
    add_valued(&bytes, OP_SET, "a", text("1"));
    add_valued(&bytes, OP_SET, "b", text("22"));
    send();
    view_keys_begin(&world.engine, &cursor);
    assert_true(view_keys_next(&world.engine, &cursor, &key, &size));
    assert_span_is(key, "a");
    assert_int_equal(size, 1);
    add_keyed(&bytes, OP_DELETE_KEY, "a");
    add_valued(&bytes, OP_SET, "c", text("333"));
    send();
    assert_true(view_keys_next(&world.engine, &cursor, &key, &size));
    assert_span_is(key, "b");
    assert_int_equal(size, 2);
    assert_false(view_keys_next(&world.engine, &cursor, &key, &size));
    view_keys_end(&cursor);
    assert_int_equal(view_key_count(&world.engine), 2);
}

static void expect_queue(struct queues_cursor *cursor, const char *name, size_t entries)
{
    struct span found;

    assert_int_equal(view_queues_next(&world.engine, cursor, &found), entries);
    assert_span_is(found, name);
}

static void queues_are_listed_while_they_come_and_go(void **state)
{
    struct queues_cursor cursor = {0}, other = {0};
    struct span name;

    (void)state;
    for (const char *each = "abc"; *each != 0; each++)
        add_valued(&bytes, OP_QUEUE_PUSH, (char[]){*each, 0}, text("1"));
    add_valued(&bytes, OP_QUEUE_PUSH, "b", text("2"));
    send();
    view_queues_begin(&world.engine, &cursor);
    view_queues_begin(&world.engine, &other);
    expect_queue(&cursor, "a", 1);
    expect_queue(&cursor, "b", 2);
    add_keyed(&bytes, OP_QUEUE_POP, "b");
    add_keyed(&bytes, OP_QUEUE_POP, "b");
    add_keyed(&bytes, OP_QUEUE_POP, "c");
    add_valued(&bytes, OP_QUEUE_PUSH, "d", text("1"));
    send();
    expect_queue(&cursor, "d", 1);
    assert_int_equal(view_queues_next(&world.engine, &cursor, &name), 0);
    expect_queue(&other, "a", 1);
    view_queues_end(&cursor);
    view_queues_end(&other);
    view_queues_end(&other);
    assert_int_equal(view_queue_count(&world.engine), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
        TEST(the_first_key_that_is_set_is_remembered),
        TEST(the_first_key_may_be_appended_to),
        TEST(the_first_key_may_be_compared_and_set),
        TEST(of_a_long_first_key_the_end_is_remembered),
        TEST(requests_are_counted_by_session_and_operation),
        TEST(a_wait_is_seen_with_the_first_key_that_it_lacks),
        TEST(of_a_wait_for_many_keys_one_that_is_missing_is_seen),
        TEST(the_search_for_the_first_key_of_many_takes_steps),
        TEST(a_barrier_is_seen_with_its_size),
        TEST(keys_are_listed_with_the_size_of_their_values),
        TEST(queues_are_listed_while_they_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
