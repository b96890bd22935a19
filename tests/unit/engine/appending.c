/* APPEND to a long value that a reply shares: it is copied in turns. APPEND of many bytes:
 * their pages are touched in turns. */
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    LONG = 2 << 20, /* bytes of the value */
    STEPS = 500,    /* of a turn */
    TURNS_MAX = 100,
};

static struct world world;
static struct buffer requests;
static struct blob *shared;

static struct name key(void)
{
    return store_name(&world.engine.store, text("key"));
}

static struct span value(void)
{
    return store_get(&world.engine.store, key()).span;
}

static void set_shared_value(void)
{
    static uint8_t bytes[LONG];

    memset(bytes, 'v', LONG);
    add_valued(&requests, OP_SET, "key", span_of(bytes, LONG));
    assert_int_equal(world_send_in_place(&world, 0, &requests), 0);
    shared = blob_retain(store_get(&world.engine.store, key()).blob);
}

static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (world_validate(&world, i))
            return -1;
    }
    set_shared_value();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    allocator_refuse_none(&world.allocator);
    blob_release(shared);
    buffer_free(&requests);
    world_done(&world);
    return 0;
}

static enum stop begin_append(struct effects *effects)
{
    enum stop stop;

    add_valued(&requests, OP_APPEND, "key", text("more"));
    effects_init(effects, &world.outbox);
    effects->steps = STEPS;
    stop =
        session_feed(&world.engine, &world.clients[0].session, buffer_span(&requests), effects);
    buffer_clear(&requests);
    return stop;
}

static enum stop go_on(struct effects *effects)
{
    effects->steps = STEPS;
    return session_continue(&world.engine, &world.clients[0].session, effects);
}

/* Returns the number of turns. */
static int finish(enum stop stop, struct effects *effects)
{
    int turns = 1;

    for (; stop == STOP_TURN_OVER && turns < TURNS_MAX; turns++)
        stop = go_on(effects);
    assert_int_equal(stop, STOP_NEEDS_BYTES);
    return turns;
}

/* More than is appended at once. */
static enum stop append_long(struct effects *effects)
{
    static uint8_t bytes[LONG];
    enum stop stop;

    memset(bytes, 'm', LONG);
    add_valued(&requests, OP_APPEND, "key", span_of(bytes, LONG));
    effects_init(effects, &world.outbox);
    effects->steps = STEPS;
    stop =
        session_feed(&world.engine, &world.clients[0].session, buffer_span(&requests), effects);
    buffer_clear(&requests);
    return stop;
}

static void replace_value(size_t client)
{
    add_valued(&requests, OP_SET, "key", text("old"));
    assert_int_equal(world_send(&world, client, &requests), 0);
}

static enum stop begin_long_append(struct effects *effects)
{
    replace_value(1);
    return append_long(effects);
}

static void assert_value(size_t len, const char *end)
{
    assert_int_equal(value().len, len);
    assert_spans_equal(span_last(value(), strlen(end)), text(end));
}

static void the_copy_takes_turns_and_others_see_the_old_value_until_its_end(void **state)
{
    struct effects effects;
    enum stop stop = begin_append(&effects);

    (void)state;
    assert_int_equal(stop, STOP_TURN_OVER);
    assert_value(LONG, "v");
    assert_true(finish(stop, &effects) >= LONG / STEPS / 256);
    assert_value(LONG + 4, "vmore");
    assert_int_equal(shared->owners, 1);
}

static void a_value_that_is_written_meanwhile_is_the_one_that_is_appended_to(void **state)
{
    struct effects effects;
    enum stop stop = begin_append(&effects);

    (void)state;
    add_valued(&requests, OP_SET, "key", text("new"));
    assert_int_equal(world_send(&world, 1, &requests), 0);
    finish(stop, &effects);
    assert_spans_equal(value(), text("newmore"));
}

/* Otherwise many clients could make copies of one long value at once. */
static void another_client_that_appends_meanwhile_waits_for_the_copy(void **state)
{
    struct effects effects;
    enum stop stop = begin_append(&effects);
    size_t used = world.memory.used;

    (void)state;
    add_valued(&requests, OP_APPEND, "key", text("other"));
    assert_int_equal(world_feed(&world, 1, &requests, STEPS), STOP_PENDING);
    assert_true(world.memory.used - used < LONG / 2);
    finish(stop, &effects);
    assert_value(LONG + 4, "vmore");
    assert_int_equal(world_continue(&world, 1, STEPS), STOP_NEEDS_BYTES);
    assert_value(LONG + 9, "vmoreother");
}

static void once_nothing_must_be_copied_another_client_may_copy(void **state)
{
    struct effects effects;

    (void)state;
    assert_int_equal(append_long(&effects), STOP_TURN_OVER);
    add_valued(&requests, OP_APPEND, "key", text("other"));
    assert_int_equal(world_feed(&world, 1, &requests, STEPS), STOP_PENDING);
    replace_value(2);
    assert_int_equal(go_on(&effects), STOP_TURN_OVER); /* its many bytes take turns */
    assert_int_equal(world_take_ready(&world), 1);
    assert_true(finish(STOP_TURN_OVER, &effects) > 1);
}

static void a_client_that_leaves_meanwhile_leaves_the_value_and_no_memory(void **state)
{
    struct effects effects;

    (void)state;
    assert_int_equal(begin_append(&effects), STOP_TURN_OVER);
    world_leave(&world, 0);
    assert_value(LONG, "v");
}

static void refused_memory_leaves_the_value(void **state)
{
    struct effects effects;

    (void)state;
    for (size_t refused = 1;; refused++) {
        enum stop stop;

        allocator_refuse(&world.allocator, refused);
        stop = begin_append(&effects);
        if (stop == STOP_TURN_OVER) {
            allocator_refuse_none(&world.allocator);
            finish(stop, &effects);
            assert_true(refused > 1);
            return;
        }
        assert_int_equal(stop, STOP_REFUSED);
        assert_int_equal(effects.refusal.code, TCPSTORE_ENOMEM);
        assert_value(LONG, "v");
        world_leave(&world, 0);
        assert_int_equal(world_validate(&world, 0), 0);
    }
}

static void many_bytes_are_appended_in_turns_and_others_see_the_old_value_until_then(
    void **state)
{
    struct effects effects;
    enum stop stop = begin_long_append(&effects);

    (void)state;
    assert_int_equal(stop, STOP_TURN_OVER);
    assert_spans_equal(value(), text("old"));
    assert_in_range(finish(stop, &effects), LONG / 4096 * 16 / STEPS, TURNS_MAX - 1);
    assert_value(LONG + 3, "mmm");
    assert_memory_equal(value().bytes, "oldmmm", 6);
}

static void bytes_that_another_client_appends_meanwhile_stay(void **state)
{
    struct effects effects;
    enum stop stop = begin_long_append(&effects);

    (void)state;
    while (stop == STOP_TURN_OVER) {
        add_valued(&requests, OP_APPEND, "key", text("x"));
        assert_int_equal(world_send(&world, 1, &requests), 0);
        stop = go_on(&effects);
    }
    assert_int_equal(stop, STOP_NEEDS_BYTES);
    assert_memory_equal(value().bytes, "oldxxxxx", 8);
    assert_int_equal(value().bytes[value().len - LONG - 1], 'x');
    assert_int_equal(value().bytes[value().len - LONG], 'm');
    assert_value(value().len, "mmm");
}

static void many_bytes_are_appended_to_a_value_that_is_deleted_meanwhile(void **state)
{
    struct effects effects;
    enum stop stop = begin_long_append(&effects);

    (void)state;
    assert_int_equal(stop, STOP_TURN_OVER);
    add_keyed(&requests, OP_DELETE_KEY, "key");
    assert_int_equal(world_send(&world, 1, &requests), 0);
    finish(stop, &effects);
    assert_value(LONG, "mmm");
}

static void many_bytes_are_appended_to_the_missing_key_of_a_queue(void **state)
{
    static const uint8_t bytes[LONG];

    (void)state;
    add_valued(&requests, OP_QUEUE_PUSH, "queue", text("entry"));
    add_valued(&requests, OP_APPEND, "queue", span_of(bytes, LONG));
    assert_int_equal(world_send_in_place(&world, 1, &requests), 0);
    assert_int_equal(
        store_get(&world.engine.store, store_name(&world.engine.store, text("queue"))).span.len,
        LONG);
}

static void a_client_that_leaves_amid_many_bytes_leaves_the_value(void **state)
{
    struct effects effects;

    (void)state;
    assert_int_equal(begin_long_append(&effects), STOP_TURN_OVER);
    world_leave(&world, 0);
    assert_spans_equal(value(), text("old"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_copy_takes_turns_and_others_see_the_old_value_until_its_end),
        TEST(a_value_that_is_written_meanwhile_is_the_one_that_is_appended_to),
        TEST(another_client_that_appends_meanwhile_waits_for_the_copy),
        TEST(once_nothing_must_be_copied_another_client_may_copy),
        TEST(many_bytes_are_appended_in_turns_and_others_see_the_old_value_until_then),
        TEST(bytes_that_another_client_appends_meanwhile_stay),
        TEST(many_bytes_are_appended_to_a_value_that_is_deleted_meanwhile),
        TEST(many_bytes_are_appended_to_the_missing_key_of_a_queue),
        TEST(a_client_that_leaves_amid_many_bytes_leaves_the_value),
        TEST(a_client_that_leaves_meanwhile_leaves_the_value_and_no_memory),
        TEST(refused_memory_leaves_the_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
