/* A request that takes turns and is not completed: memory is refused, or its client leaves. */
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    LONG_CLIENT,
    NEXT_CLIENT, /* in line behind it */
    WAIT_CLIENT, /* waits for "b", which only MULTI_SET sets */
};

static const struct {
    enum operation operation;
    const char *words;
} requests_in_turns[] = {
    {OP_CHECK, "a c a c"},     {OP_WAIT, "a b d e f g"},
    {OP_MULTI_GET, "a b c d"}, {OP_MULTI_SET, "a 1 b 2 c 3 d 4"},
    {OP_LIST_KEYS, ""},        {OP_MULTI_GET, "s t s t"},
    {OP_CANCEL_WAIT, ""},
};

enum { KINDS = sizeof(requests_in_turns) / sizeof(requests_in_turns[0]) };

static struct world world;
static struct buffer requests;
static struct buffer before;
static struct buffer after;

static void add_request(size_t kind)
{
    enum operation operation = requests_in_turns[kind].operation;

    if (operation == OP_MULTI_SET)
        add_multi_set(&requests, requests_in_turns[kind].words);
    else if (operation == OP_LIST_KEYS || operation == OP_CANCEL_WAIT)
        add_bare(&requests, operation);
    else
        add_keys(&requests, operation, requests_in_turns[kind].words);
}

static void send_to(size_t client)
{
    assert_int_equal(world_send(&world, client, &requests), 0);
}

/* "a" and "c" are keys with large values, which replies share, "s" and "t" with values of which
 * the outbox holds one at a time. */
static void begin(size_t kind)
{
    static const uint8_t large[5000];

    assert_int_equal(world_init(&world, 0), 0);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        assert_int_equal(world_validate(&world, i), 0);
    add_valued(&requests, OP_SET, "a", span_of(large, sizeof(large)));
    add_valued(&requests, OP_SET, "c", span_of(large, sizeof(large)));
    add_valued(&requests, OP_SET, "s", span_of(large, 200));
    add_valued(&requests, OP_SET, "t", span_of(large, 200));
    send_to(NEXT_CLIENT);
    add_keys(&requests, OP_WAIT, "b");
    send_to(WAIT_CLIENT);
    if (requests_in_turns[kind].operation == OP_CANCEL_WAIT) {
        add_keys(&requests, OP_WAIT, "d e f g h");
        send_to(LONG_CLIENT);
    }
    world.engine.limits.items_at_once = 1;
    world_dump(&world, &before);
}

static void end(void)
{
    assert_int_equal(world.engine.store.moment.phase, MOMENT_NONE);
    assert_null(world.engine.line.first);
    world_done(&world);
}

/* Returns why the session stops. */
static enum stop take_turns(size_t client, enum stop stop, long steps)
{
    while (stop == STOP_TURN_OVER)
        stop = world_continue(&world, client, steps);
    return stop;
}

/* Returns which client may continue then. */
static size_t leave_in_turns(size_t client)
{
    size_t ready = WORLD_CLIENTS;
    bool has_left = false;

    while (!has_left) {
        has_left = world_leave_in_turns(&world, client, 1);
        if (ready == WORLD_CLIENTS)
            ready = world_take_ready(&world);
    }
    return ready;
}

static void expect_unchanged(void)
{
    world_dump(&world, &after);
    assert_spans_equal(buffer_span(&after), buffer_span(&before));
    assert_int_equal(world.clients[WAIT_CLIENT].replies.len, 0);
}

static enum stop perform(size_t kind, long steps)
{
    add_request(kind);
    return take_turns(LONG_CLIENT, world_feed(&world, LONG_CLIENT, &requests, steps), steps);
}

static void expect_complete(size_t kind, long steps)
{
    struct buffer replies = world.clients[LONG_CLIENT].replies;

    world.clients[LONG_CLIENT].replies = (struct buffer){0};
    end();
    begin(kind);
    assert_int_equal(perform(kind, steps), STOP_NEEDS_BYTES);
    world_expect(&world, LONG_CLIENT, buffer_span(&replies));
    buffer_free(&replies);
}

/* Returns whether so many allocations were requested. */
static bool refuse_one(size_t kind, size_t number, long steps)
{
    enum stop stop;
    bool refused;

    begin(kind);
    outbox_done(&world.outbox);
    allocator_refuse(&world.allocator, number);
    stop = perform(kind, steps);
    refused = allocator_has_refused(&world.allocator);
    allocator_refuse_none(&world.allocator);
    if (stop == STOP_REFUSED) {
        assert_true(refused);
        assert_int_equal(world.effects.refusal.code, TCPSTORE_ENOMEM);
        leave_in_turns(LONG_CLIENT);
        expect_unchanged();
    } else {
        assert_int_equal(stop, STOP_NEEDS_BYTES);
        expect_complete(kind, steps);
    }
    end();
    return refused;
}

static void a_request_in_turns_that_is_refused_memory_changes_nothing_or_is_completed(
    void **state)
{
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        for (long steps = 1; steps <= 100; steps *= 10) {
            size_t number = 1;

            while (refuse_one(kind, number, steps))
                number++;
            assert_true(number > 1);
        }
    }
}

static void a_multi_get_is_refused_if_memory_for_an_old_value_was(void **state)
{
    static const uint8_t small[1];

    (void)state;
    begin(0);
    add_keys(&requests, OP_MULTI_GET, "a b c d");
    assert_int_equal(world_feed(&world, LONG_CLIENT, &requests, 2), STOP_TURN_OVER);
    add_valued(&requests, OP_SET, "c", span_of(small, sizeof(small)));
    allocator_refuse(&world.allocator, 1);
    assert_int_equal(world_feed(&world, NEXT_CLIENT, &requests, 9), STOP_NEEDS_BYTES);
    allocator_refuse_none(&world.allocator);
    assert_int_equal(world_continue(&world, LONG_CLIENT, 9), STOP_REFUSED);
    assert_int_equal(world.effects.refusal.code, TCPSTORE_ENOMEM);
    leave_in_turns(LONG_CLIENT);
    end();
}

/* Another client enters the line, and the first one leaves. Returns false if the request takes
 * fewer turns. */
static bool leave_after(size_t kind, size_t turns)
{
    enum stop stop = STOP_TURN_OVER;
    enum stop next;
    size_t ready;

    begin(kind);
    add_request(kind);
    for (size_t turn = 0; turn < turns && stop == STOP_TURN_OVER; turn++)
        stop = turn == 0 ? world_feed(&world, LONG_CLIENT, &requests, 1)
                         : world_continue(&world, LONG_CLIENT, 1);
    buffer_clear(&requests);
    add_keys(&requests, OP_MULTI_GET, "a b");
    next = take_turns(NEXT_CLIENT, world_feed(&world, NEXT_CLIENT, &requests, 1), 1);
    ready = leave_in_turns(LONG_CLIENT);
    if (next == STOP_PENDING) {
        assert_int_equal(ready, NEXT_CLIENT);
        next = take_turns(NEXT_CLIENT, STOP_TURN_OVER, 1);
    }
    assert_int_equal(next, STOP_NEEDS_BYTES);
    if (world.clients[WAIT_CLIENT].replies.len == 0)
        expect_unchanged();
    else
        assert_int_equal(store_count(&world.engine.store), 6);
    end();
    return stop == STOP_TURN_OVER;
}

static void a_client_that_leaves_between_turns_holds_up_no_other(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        size_t turns = 1;

        while (leave_after(kind, turns))
            turns++;
        assert_true(turns > 2);
    }
}

/* From the first call on. */
static void a_client_that_is_leaving_is_not_released(void **state)
{
    (void)state;
    begin(0);
    add_keys(&requests, OP_WAIT, "e f g");
    assert_int_equal(
        take_turns(LONG_CLIENT, world_feed(&world, LONG_CLIENT, &requests, 1), 1),
        STOP_NEEDS_BYTES);
    assert_false(world_leave_in_turns(&world, LONG_CLIENT, 0));
    for (int i = 0; i < 3; i++)
        add_valued(&requests, OP_SET, (const char *[]){"e", "f", "g"}[i], text(""));
    send_to(NEXT_CLIENT);
    leave_in_turns(LONG_CLIENT);
    assert_int_equal(world.clients[LONG_CLIENT].replies.len, 0);
    end();
}

static int free_buffers(void **state)
{
    (void)state;
    buffer_free(&requests);
    buffer_free(&before);
    buffer_free(&after);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_request_in_turns_that_is_refused_memory_changes_nothing_or_is_completed),
        cmocka_unit_test(a_multi_get_is_refused_if_memory_for_an_old_value_was),
        cmocka_unit_test(a_client_that_leaves_between_turns_holds_up_no_other),
        cmocka_unit_test(a_client_that_is_leaving_is_not_released),
    };

    return cmocka_run_group_tests(tests, NULL, free_buffers);
}
