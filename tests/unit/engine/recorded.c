/* What the engine records of its clients' requests. */
#include <limits.h>

#include <tcpstore/error.h>

#include "record/parts.h"
#include "record/reader.h"
#include "support/record_copy.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum { CLIENT = 1 };

static struct world world;
static struct record record;
static uint8_t memory[RECORD_MIN];
static uint8_t file[2 * RECORD_MIN];
static struct record_reader reader;
static struct buffer bytes;

static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0) || world_validate_all(&world))
        return -1;
    record_init(&record, memory, sizeof(memory));
    world.engine.record = &record;
    world.clients[CLIENT].session.number = 42;
    world.effects.now = 5;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&bytes);
    bytes = (struct buffer){0};
    return 0;
}

static void open_file(void)
{
    size_t len = record_copy_all(&record, 0, 0, file);

    assert_int_equal(record_reader_init(&reader, span_of(file, len)), 0);
}

static void expect(enum record_outcome outcome, uint8_t opcode, const char *key)
{
    struct record_entry entry;
    struct parts parts;
    struct part part;

    assert_int_equal(record_read(&reader, &entry), 1);
    assert_int_equal(entry.client, 42);
    assert_int_equal(entry.outcome, outcome);
    assert_int_equal(entry.request.bytes[0], opcode);
    parts = parts_of(entry.request);
    assert_true(parts_next(&parts, &part));
    assert_span_is(part.here, key);
}

static void pass(uint8_t opcode)
{
    struct record_entry entry;

    assert_int_equal(record_read(&reader, &entry), 1);
    assert_int_equal(entry.request.bytes[0], opcode);
}

static void expect_end(void)
{
    struct record_entry entry;

    assert_int_equal(record_read(&reader, &entry), 0);
}

static void executed_requests_are_recorded(void **state)
{
    (void)state;
    add_keyed(&bytes, OP_QUEUE_LEN, "a");
    add_valued(&bytes, OP_SET, "b", text("value"));
    assert_int_equal(world_send(&world, CLIENT, &bytes), 0);
    add_keyed(&bytes, OP_GET, "b");
    assert_int_equal(world_send(&world, CLIENT, &bytes), 0);
    open_file();
    expect(OUTCOME_EXECUTED, WIRE_QUEUE_LEN, "a");
    expect(OUTCOME_EXECUTED, WIRE_SET, "b");
    expect(OUTCOME_EXECUTED, WIRE_GET, "b");
    expect_end();
}

static void a_request_in_two_pieces_is_recorded_once(void **state)
{
    struct buffer first = {0};

    (void)state;
    add_keyed(&bytes, OP_QUEUE_LEN, "key");
    buffer_add(&first, span_of(bytes.bytes, 5));
    assert_int_equal(world_send(&world, CLIENT, &first), 0);
    open_file();
    expect_end();
    buffer_add(&first, span_from(buffer_span(&bytes), 5));
    assert_int_equal(world_send(&world, CLIENT, &first), 0);
    buffer_free(&first);
    open_file();
    expect(OUTCOME_EXECUTED, WIRE_QUEUE_LEN, "key");
    expect_end();
}

static void a_wait_for_a_missing_key_is_recorded_as_waiting(void **state)
{
    (void)state;
    add_keys(&bytes, OP_WAIT, "missing");
    assert_int_equal(world_send(&world, CLIENT, &bytes), 0);
    open_file();
    expect(OUTCOME_WAITING, WIRE_WAIT, "missing");
}

static void a_refused_request_is_recorded_after_those_before_it(void **state)
{
    (void)state;
    add_valued(&bytes, OP_SET, "key", text("no number"));
    add_numbered(&bytes, OP_ADD, "key", 1);
    add_keyed(&bytes, OP_GET, "key");
    assert_int_equal(world_send(&world, CLIENT, &bytes), TCPSTORE_ENOTANUMBER);
    open_file();
    expect(OUTCOME_EXECUTED, WIRE_SET, "key");
    expect(OUTCOME_REFUSED, WIRE_ADD, "key");
    expect_end();
}

static void a_request_that_takes_turns_is_recorded_once(void **state)
{
    uint64_t before = world.clients[CLIENT].session.activity.requests;

    (void)state;
    world.engine.limits.items_at_once = 2;
    add_multi_set(&bytes, "a v b v c v d v e v f v");
    add_keyed(&bytes, OP_QUEUE_LEN, "h");
    assert_int_equal(world_feed(&world, CLIENT, &bytes, 3), STOP_TURN_OVER);
    open_file();
    expect_end();
    while (world_continue(&world, CLIENT, 3) == STOP_TURN_OVER)
        continue;
    open_file();
    expect(OUTCOME_EXECUTED, WIRE_MULTI_SET, "a");
    expect(OUTCOME_EXECUTED, WIRE_QUEUE_LEN, "h");
    expect_end();
    assert_int_equal(world.clients[CLIENT].session.activity.requests, before + 2);
}

/* As the server receives requests. */
static enum stop feed_in_room(struct span requests)
{
    struct room room = record_room(&record);

    assert_non_null(room.bytes);
    span_copy(room.bytes, requests);
    world.effects.steps = LONG_MAX;
    return session_feed(
        &world.engine, &world.clients[CLIENT].session, span_of(room.bytes, requests.len),
        &world.effects);
}

/* As they are recorded in less than they have taken, or in more, when they are long. */
static void the_rest_of_what_was_received_in_the_record_is_kept(void **state)
{
    static char key[300];

    (void)state;
    for (size_t len = 1; len < sizeof(key); len += 149) {
        struct buffer rest = {0};

        tear_down(NULL);
        set_up(NULL);
        memset(key, 0, sizeof(key));
        memset(key, 'k', len);
        for (int i = 0; i < 3; i++)
            add_keyed(&bytes, OP_QUEUE_LEN, key);
        add_keyed(&bytes, OP_QUEUE_LEN, "the rest of it, which comes later");
        assert_int_equal(feed_in_room(span_of(bytes.bytes, bytes.len - 1)), STOP_NEEDS_BYTES);
        buffer_add(&rest, span_last(buffer_span(&bytes), 1));
        assert_int_equal(world_send(&world, CLIENT, &rest), 0);
        buffer_free(&rest);
        open_file();
        for (int i = 0; i < 3; i++)
            pass(WIRE_QUEUE_LEN);
        expect(OUTCOME_EXECUTED, WIRE_QUEUE_LEN, "the rest of it, which comes later");
        expect_end();
    }
}

static void the_key_of_a_refusal_outlives_its_record(void **state)
{
    (void)state;
    add_valued(&bytes, OP_SET, "the key", text("no number"));
    add_numbered(&bytes, OP_ADD, "the key", 1);
    assert_int_equal(feed_in_room(buffer_span(&bytes)), STOP_REFUSED);
    assert_span_is(world.effects.refusal.key, "the key");
    record_event(&record, 5, 42, SEGMENT_CLOSED, text("reason"));
    assert_span_is(world.effects.refusal.key, "the key");
    world_leave(&world, CLIENT);
    open_file();
    expect(OUTCOME_EXECUTED, WIRE_SET, "the key");
    expect(OUTCOME_REFUSED, WIRE_ADD, "the key");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(executed_requests_are_recorded),
        TEST(a_request_in_two_pieces_is_recorded_once),
        TEST(a_wait_for_a_missing_key_is_recorded_as_waiting),
        TEST(a_refused_request_is_recorded_after_those_before_it),
        TEST(a_request_that_takes_turns_is_recorded_once),
        TEST(the_rest_of_what_was_received_in_the_record_is_kept),
        TEST(the_key_of_a_refusal_outlives_its_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
