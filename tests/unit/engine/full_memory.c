/* Requests while every allocation is refused: those that store nothing are answered. */

#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    SMALL = 200, /* bytes of a value that is copied; a second one exceeds the outbox's fill */
    LARGE = 200000,
    REPLIES = 20,
};

static struct world world;
static struct buffer requests;
static struct buffer expected;

/* The outbox has the memory that it keeps for replies. */
static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0) || outbox_prepare(&world.outbox, world.outbox.fill_size))
        return -1;
    return world_validate_all(&world);
}

static int tear_down(void **state)
{
    (void)state;
    allocator_refuse_none(&world.allocator);
    world_done(&world);
    buffer_free(&requests);
    buffer_free(&expected);
    return 0;
}

static void send_to(size_t client)
{
    assert_int_equal(world_send(&world, client, &requests), 0);
}

static struct span value_of(size_t len)
{
    static uint8_t bytes[LARGE];

    memset(bytes, 'v', len);
    return span_of(bytes, len);
}

static void set(const char *key, size_t len)
{
    add_valued(&requests, OP_SET, key, value_of(len));
    assert_int_equal(world_send_in_place(&world, 0, &requests), 0);
}

static void expect(size_t client)
{
    world_expect(&world, client, buffer_span(&expected));
    buffer_clear(&expected);
}

static void replies_that_exceed_the_outbox_together_are_sent_one_after_another(void **state)
{
    (void)state;
    set("k", SMALL);
    allocator_refuse_all(&world.allocator);
    for (int i = 0; i < REPLIES; i++) {
        add_keyed(&requests, OP_GET, "k");
        buffer_add_sized(&expected, value_of(SMALL));
    }
    send_to(0);
    expect(0);
}

static void operations_that_store_nothing_are_answered(void **state)
{
    (void)state;
    set("k", 1);
    set("large", LARGE);
    add_numbered(&requests, OP_ADD, "sum", 1);
    buffer_add_u64(&expected, 1);
    add_valued(&requests, OP_QUEUE_PUSH, "q", value_of(SMALL));
    send_to(0);
    allocator_refuse_all(&world.allocator);
    for (int i = 0; i < REPLIES; i++) {
        add_word(&requests, OP_PING, 7);
        buffer_add_u32(&expected, 7);
        add_keyed(&requests, OP_GET, "large");
        buffer_add_sized(&expected, value_of(LARGE));
        add_keys(&requests, OP_CHECK, "k missing");
        buffer_add_u8(&expected, 1);
        add_keys(&requests, OP_WAIT, "k");
        buffer_add_u8(&expected, 0);
        add_keys(&requests, OP_MULTI_GET, "k missing");
        buffer_add_sized(&expected, value_of(1));
        buffer_add_sized(&expected, value_of(0));
        add_numbered(&requests, OP_ADD, "sum", 1);
        buffer_add_u64(&expected, (uint64_t)i + 2);
        add_compare_set(&requests, "k", value_of(1), value_of(1));
        buffer_add_sized(&expected, value_of(1));
        add_bare(&requests, OP_GETNUMKEYS);
        buffer_add_u64(&expected, 3);
    }
    add_keyed(&requests, OP_QUEUE_POP, "q");
    buffer_add_u64(&expected, 1);
    buffer_add_sized(&expected, value_of(SMALL));
    send_to(0);
    expect(0);
}

static void a_compare_set_of_a_large_value_copies_no_value(void **state)
{
    size_t allocations;

    (void)state;
    set("k", LARGE);
    allocations = world.allocator.requests;
    add_compare_set(&requests, "k", text("another"), text("new"));
    send_to(0);
    assert_int_equal(world.allocator.requests, allocations);
    buffer_add_sized(&expected, value_of(LARGE));
    expect(0);
}

static void a_compare_set_of_a_missing_key_sends_the_expected_value_from_the_input(void **state)
{
    enum { BEFORE_EXPECTED = 1 + 8 + 1 + 8 }; /* opcode, key, length */
    struct session *session = &world.clients[0].session;
    struct effects effects;
    const struct slice *sent;
    struct span all;

    (void)state;
    add_compare_set(&requests, "k", value_of(LARGE), text("new"));
    all = buffer_span(&requests);
    effects_init(&effects, &world.outbox);
    session_feed(&world.engine, session, span_of(all.bytes, all.len - 1), &effects);
    session_feed(&world.engine, session, span_last(all, 1), &effects);
    sent = &world.outbox.pieces[world.outbox.end - 1];
    assert_spans_equal(sent->span, value_of(LARGE));
    assert_int_equal(sent->span.bytes - sent->blob->bytes, BEFORE_EXPECTED);
    outbox_clear(&world.outbox);
}

static void a_request_refused_memory_leaves_no_part_of_its_reply(void **state)
{
    (void)state;
    set("k", SMALL);
    allocator_refuse_all(&world.allocator);
    add_word(&requests, OP_PING, 7);
    buffer_add_u32(&expected, 7);
    add_keys(&requests, OP_MULTI_GET, "k k k k k k k k k k k k k k k k");
    assert_int_equal(world_send(&world, 0, &requests), TCPSTORE_ENOMEM);
    expect(0);
    allocator_refuse_none(&world.allocator);
}

static void a_wait_refused_memory_beside_a_reply_is_not_registered_twice(void **state)
{
    (void)state;
    allocator_refuse(&world.allocator, 3);
    add_word(&requests, OP_PING, 7);
    buffer_add_u32(&expected, 7);
    add_keys(&requests, OP_WAIT, "a b c");
    send_to(0);
    assert_int_equal(world.allocator.refused, 1);
    expect(0);
    add_bare(&requests, OP_CANCEL_WAIT);
    buffer_add_u8(&expected, 1);
    send_to(0);
    expect(0);
}

static void a_queue_keeps_its_entry_until_the_whole_reply_has_memory(void **state)
{
    (void)state;
    add_valued(&requests, OP_QUEUE_PUSH, "q", value_of(SMALL));
    send_to(0);
    allocator_refuse_all(&world.allocator);
    add_keys(&requests, OP_CHECK, "missing");
    buffer_add_u8(&expected, 1);
    for (int i = 0; i < REPLIES; i++) {
        add_word(&requests, OP_PING, 7);
        buffer_add_u32(&expected, 7);
    }
    add_keyed(&requests, OP_QUEUE_POP, "q");
    buffer_add_u64(&expected, 1);
    buffer_add_sized(&expected, value_of(SMALL));
    send_to(0);
    expect(0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replies_that_exceed_the_outbox_together_are_sent_one_after_another),
        TEST(operations_that_store_nothing_are_answered),
        TEST(a_compare_set_of_a_large_value_copies_no_value),
        TEST(a_compare_set_of_a_missing_key_sends_the_expected_value_from_the_input),
        TEST(a_request_refused_memory_leaves_no_part_of_its_reply),
        TEST(a_wait_refused_memory_beside_a_reply_is_not_registered_twice),
        TEST(a_queue_keeps_its_entry_until_the_whole_reply_has_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
