/* What several clients ask alike is worked out once, and nobody can tell. */
#include <stdio.h>

#include "base/container.h"
#include "base/step.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    PLENTY = 1000, /* steps */
    KEYS = 100,    /* of a long list */
};

static const char zero[] = "\0";
static const char one[] = "\1";
#define STOP span_of(zero, 1)
#define READY span_of(zero, 1)
#define NOT_READY span_of(one, 1)
#define CANCELED span_of(one, 1)
#define NOTHING span_of(NULL, 0)

static struct world world;
static struct buffer requests;
static struct buffer expected;

/* Lists of two keys are shared. */
static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    world.engine.limits.query_keys = 2;
    world.engine.queries.max_bytes = 100000;
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

static enum stop feed(size_t client)
{
    return world_feed(&world, client, &requests, PLENTY);
}

static void ask(size_t client, enum operation operation, const char *keys)
{
    add_keys(&requests, operation, keys);
    assert_int_equal(feed(client), STOP_NEEDS_BYTES);
}

static void set(size_t client, const char *key, const char *value)
{
    add_valued(&requests, OP_SET, key, text(value));
    assert_int_equal(feed(client), STOP_NEEDS_BYTES);
}

static struct query *latest_query(void)
{
    return CONTAINER_OF(world.engine.queries.used.next, struct query, link);
}

/* The client 1 waits for "a" and "b", in a crowd that others can join. */
static void begin_crowd(void)
{
    ask(0, OP_WAIT, "a b");
    add_bare(&requests, OP_CANCEL_WAIT);
    feed(0);
    world_expect(&world, 0, CANCELED);
    ask(1, OP_WAIT, "a b");
    assert_int_equal(store_waits(&world.engine.store), 3);
}

static void clients_that_wait_alike_are_registered_once(void **state)
{
    (void)state;
    begin_crowd();
    ask(0, OP_WAIT, "a b");
    ask(2, OP_WAIT, "a b");
    assert_int_equal(store_waits(&world.engine.store), 5);
    set(3, "a", "1");
    world_expect(&world, 0, NOTHING);
    set(3, "b", "1");
    for (size_t client = 0; client < 3; client++)
        world_expect(&world, client, STOP);
    assert_int_equal(store_waits(&world.engine.store), 0);
}

static void a_check_sees_keys_that_appear_and_vanish(void **state)
{
    (void)state;
    begin_crowd();
    ask(2, OP_CHECK, "a b");
    world_expect(&world, 2, NOT_READY);
    set(3, "a", "1");
    set(3, "b", "1");
    ask(2, OP_CHECK, "a b");
    world_expect(&world, 2, READY);
    add_keyed(&requests, OP_DELETE_KEY, "a");
    feed(3);
    ask(2, OP_CHECK, "a b");
    world_expect(&world, 2, NOT_READY);
}

static void a_long_check_of_keys_that_exist_is_worked_out_once(void **state)
{
    (void)state;
    world.engine.limits.items_at_once = 1;
    set(0, "a", "1");
    set(0, "b", "1");
    for (size_t client = 0; client < 3; client++) {
        ask(client, OP_CHECK, "a b");
        world_expect(&world, client, READY);
    }
    assert_true(latest_query()->names.has_appeared);
    add_keyed(&requests, OP_DELETE_KEY, "b");
    feed(3);
    ask(0, OP_CHECK, "a b");
    world_expect(&world, 0, NOT_READY);
}

static void without_memory_for_a_crowd_a_client_waits_alone(void **state)
{
    (void)state;
    begin_crowd();
    add_multi_set(&requests, "a 1 b 1");
    feed(3);
    add_keyed(&requests, OP_DELETE_KEY, "a");
    feed(3);
    allocator_refuse(&world.allocator, 1);
    ask(0, OP_WAIT, "a b");
    assert_true(allocator_has_refused(&world.allocator));
    assert_int_equal(store_waits(&world.engine.store), 1);
    set(3, "a", "2");
    world_expect(&world, 0, STOP);
}

static void a_push_that_is_refused_leaves_the_crowd(void **state)
{
    size_t refused = 0;

    (void)state;
    do {
        begin_crowd();
        ask(2, OP_WAIT, "a b");
        allocator_refuse(&world.allocator, ++refused);
        add_valued(&requests, OP_QUEUE_PUSH, "a", text("1"));
        if (feed(3) == STOP_REFUSED) {
            assert_int_equal(store_waits(&world.engine.store), 4);
            world_leave(&world, 3);
            assert_int_equal(world_validate(&world, 3), 0);
        }
        for (size_t client = 1; client < 3; client++) {
            world_leave(&world, client);
            assert_int_equal(world_validate(&world, client), 0);
        }
    } while (allocator_has_refused(&world.allocator));
    assert_true(refused > 4);
}

/* To count a client, it makes the key, but releases nobody. */
static void a_barrier_makes_a_key_that_those_who_come_later_find(void **state)
{
    (void)state;
    begin_crowd();
    add_numbered(&requests, OP_BARRIER, "a", 2);
    feed(2);
    set(3, "b", "1");
    world_expect(&world, 1, NOTHING);
    ask(3, OP_WAIT, "a b");
    world_expect(&world, 3, STOP);
}

/* It releases those that wait for the key, though it makes none. */
static void a_compare_set_that_stores_nothing_releases_only_those_before_it(void **state)
{
    (void)state;
    begin_crowd();
    add_compare_set(&requests, "a", text("x"), text("y"));
    feed(2);
    ask(3, OP_WAIT, "a b");
    set(2, "b", "1");
    world_expect(&world, 1, STOP);
    world_expect(&world, 3, NOTHING);
}

static void a_push_releases_the_longest_waiting(void **state)
{
    (void)state;
    begin_crowd();
    ask(0, OP_WAIT, "a b");
    set(3, "a", "1");
    add_valued(&requests, OP_QUEUE_PUSH, "b", text("1"));
    feed(3);
    world_expect(&world, 1, STOP);
    world_expect(&world, 0, NOTHING);
    add_valued(&requests, OP_QUEUE_PUSH, "b", text("2"));
    feed(3);
    world_expect(&world, 0, STOP);
}

static void expect_values(size_t client, const char *first, const char *second)
{
    buffer_add_sized(&expected, text(first));
    buffer_add_sized(&expected, text(second));
    world_expect(&world, client, buffer_span(&expected));
    buffer_clear(&expected);
}

static void get(size_t client, const char *first, const char *second)
{
    ask(client, OP_MULTI_GET, "a b");
    expect_values(client, first, second);
}

static void get_by_all(const char *first, const char *second)
{
    for (size_t client = 0; client < WORLD_CLIENTS; client++)
        get(client, first, second);
}

static void check_that_writes_are_seen(void)
{
    set(0, "a", "1");
    set(0, "b", "2");
    get_by_all("1", "2");
    assert_non_null(latest_query()->reply.blob);
    set(0, "b", "3");
    get_by_all("1", "3");
    add_valued(&requests, OP_APPEND, "a", text("0"));
    feed(0);
    get_by_all("10", "3");
    add_numbered(&requests, OP_ADD, "a", 1);
    feed(0);
    world.clients[0].replies.len = 0;
    get_by_all("11", "3");
    add_multi_set(&requests, "a 4 b 5");
    feed(0);
    get_by_all("4", "5");
    add_keyed(&requests, OP_DELETE_KEY, "a");
    feed(0);
    world.clients[0].replies.len = 0;
    get_by_all("", "5");
}

static void a_shared_reply_has_the_latest_values(void **state)
{
    (void)state;
    check_that_writes_are_seen();
}

static void a_shared_reply_that_was_made_in_turns_has_the_latest_values(void **state)
{
    (void)state;
    world.engine.limits.items_at_once = 1;
    check_that_writes_are_seen();
}

static void while_keys_settle_no_older_reply_is_sent(void **state)
{
    (void)state;
    set(0, "a", "1");
    set(0, "b", "2");
    world.engine.limits.items_at_once = 1;
    get_by_all("1", "2");
    add_multi_set(&requests, "a 3 b 4");
    assert_int_equal(world_feed(&world, 0, &requests, 3), STOP_TURN_OVER);
    assert_int_equal(world.engine.store.moment.phase, MOMENT_SETTLING);
    add_keys(&requests, OP_MULTI_GET, "a b");
    assert_int_equal(feed(1), STOP_PENDING);
    while (world_continue(&world, 0, PLENTY) != STOP_NEEDS_BYTES)
        continue;
    assert_int_equal(world_continue(&world, 1, PLENTY), STOP_NEEDS_BYTES);
    expect_values(1, "3", "4");
}

/* A name that vanishes amid a CHECK counts as it was. */
static void a_long_check_notes_nothing_if_a_key_vanishes_meanwhile(void **state)
{
    (void)state;
    world.engine.limits.items_at_once = 1;
    set(3, "a", "1");
    for (size_t client = 0; client < 2; client++) {
        ask(client, OP_CHECK, "a b");
        world_expect(&world, client, NOT_READY);
    }
    set(3, "b", "1");
    add_keys(&requests, OP_CHECK, "a b");
    assert_int_equal(world_feed(&world, 2, &requests, 2), STOP_TURN_OVER);
    add_keyed(&requests, OP_DELETE_KEY, "a");
    feed(3);
    assert_int_equal(world_continue(&world, 2, PLENTY), STOP_NEEDS_BYTES);
    world_expect(&world, 2, READY);
    ask(0, OP_CHECK, "a b");
    world_expect(&world, 0, NOT_READY);
}

static void the_first_miss_of_a_reply_with_long_values_does_not_make_it(void **state)
{
    static const char value[] = "twenty bytes of text";

    (void)state;
    world.engine.limits.bytes_at_once = 2 * sizeof(value) - 3;
    set(0, "a", value);
    set(0, "b", value);
    get(0, value, value);
    get(1, value, value);
    assert_null(latest_query()->reply.blob);
    get(2, value, value);
    assert_non_null(latest_query()->reply.blob);
}

/* A WAIT for KEYS keys, the last of which is `last`. */
static void add_long_wait(struct buffer *buffer, const char *last)
{
    char keys[KEYS * 5 + 10];
    size_t len = 0;

    for (int i = 0; i < KEYS - 1; i++)
        len += (size_t)snprintf(keys + len, sizeof(keys) - len, "k%03d ", i);
    snprintf(keys + len, sizeof(keys) - len, "%s", last);
    add_keys(buffer, OP_WAIT, keys);
}

/* The bytes from `from` to `to` of it arrive from the client. */
static void send_part(size_t client, const char *last, size_t from, size_t to)
{
    struct buffer all = {0};

    add_long_wait(&all, last);
    if (to > all.len)
        to = all.len;
    buffer_add(&requests, span_of(all.bytes + from, to - from));
    assert_int_equal(feed(client), STOP_NEEDS_BYTES);
    buffer_free(&all);
}

static void halves_of_a_request_are_stored_once(void **state)
{
    size_t used;

    (void)state;
    send_part(0, "last", 0, 1000);
    send_part(1, "last", 0, 900);
    used = world.memory.used;
    send_part(2, "last", 0, 1000);
    send_part(3, "last", 0, 100);
    assert_int_equal(world.memory.used, used);
    send_part(1, "last", 900, SIZE_MAX);
    send_part(0, "last", 1000, SIZE_MAX);
    send_part(3, "last", 100, SIZE_MAX);
    send_part(2, "last", 1000, SIZE_MAX);
    assert_int_equal(store_waits(&world.engine.store), KEYS + 4);
}

static void a_request_that_ends_otherwise_is_its_own(void **state)
{
    (void)state;
    send_part(0, "last", 0, SIZE_MAX);
    send_part(1, "last", 0, SIZE_MAX);
    send_part(2, "lost", 0, 1000);
    send_part(2, "lost", 1000, SIZE_MAX);
    assert_int_equal(store_waits(&world.engine.store), 3 * KEYS + 1);
}

/* Its blob has grown meanwhile, was forgotten, and another has begun to send it anew. */
static void a_client_can_go_on_with_a_request_that_was_forgotten(void **state)
{
    struct queries *queries = &world.engine.queries;

    (void)state;
    send_part(0, "last", 0, 500);
    send_part(1, "last", 0, 500);
    send_part(0, "last", 500, SIZE_MAX);
    queries_done(queries);
    queries_init(queries, &world.memory, &queries->hash_key, queries->max_bytes);
    send_part(2, "last", 0, 100);
    send_part(1, "last", 500, SIZE_MAX);
    assert_int_equal(store_waits(&world.engine.store), 2 * (KEYS + 1));
    send_part(2, "last", 100, SIZE_MAX);
    assert_int_equal(store_waits(&world.engine.store), 2 * (KEYS + 1) + 1);
}

static void bytes_of_a_followed_request_are_copied_in_exchange_for_steps(void **state)
{
    size_t len;

    (void)state;
    send_part(0, "last", 0, SIZE_MAX);
    send_part(1, "last", 0, SIZE_MAX);
    add_long_wait(&requests, "last");
    len = requests.len;
    assert_int_equal(world_feed(&world, 2, &requests, 0), STOP_TURN_OVER);
    assert_true(world.clients[2].session.input.follows);
    add_bare(&requests, OP_CANCEL_WAIT);
    world_feed(&world, 2, &requests, PLENTY);
    assert_false(world.clients[2].session.input.follows);
    assert_true(world.effects.steps <= PLENTY - (long)(len / STEP_NEW_BYTES));
}

static void a_request_that_cannot_grow_where_it_is_goes_on_as_its_clients_own(void **state)
{
    (void)state;
    send_part(0, "last", 0, 500);
    allocator_refuse(&world.allocator, 1);
    send_part(0, "last", 500, SIZE_MAX);
    assert_true(allocator_has_refused(&world.allocator));
    assert_int_equal(store_waits(&world.engine.store), KEYS);
}

static void a_request_of_one_client_leaves_nothing(void **state)
{
    (void)state;
    send_part(0, "last", 0, 500);
    send_part(0, "last", 500, SIZE_MAX);
    assert_int_equal(world.engine.queries.bytes, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_that_wait_alike_are_registered_once),
        TEST(a_check_sees_keys_that_appear_and_vanish),
        TEST(a_long_check_of_keys_that_exist_is_worked_out_once),
        TEST(a_long_check_notes_nothing_if_a_key_vanishes_meanwhile),
        TEST(without_memory_for_a_crowd_a_client_waits_alone),
        TEST(a_push_that_is_refused_leaves_the_crowd),
        TEST(the_first_miss_of_a_reply_with_long_values_does_not_make_it),
        TEST(bytes_of_a_followed_request_are_copied_in_exchange_for_steps),
        TEST(a_barrier_makes_a_key_that_those_who_come_later_find),
        TEST(a_compare_set_that_stores_nothing_releases_only_those_before_it),
        TEST(a_push_releases_the_longest_waiting),
        TEST(a_shared_reply_has_the_latest_values),
        TEST(a_shared_reply_that_was_made_in_turns_has_the_latest_values),
        TEST(while_keys_settle_no_older_reply_is_sent),
        TEST(halves_of_a_request_are_stored_once),
        TEST(a_request_that_ends_otherwise_is_its_own),
        TEST(a_client_can_go_on_with_a_request_that_was_forgotten),
        TEST(a_request_that_cannot_grow_where_it_is_goes_on_as_its_clients_own),
        TEST(a_request_of_one_client_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
