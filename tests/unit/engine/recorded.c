/* What the engine records of its clients' requests. */
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(executed_requests_are_recorded),
        TEST(a_request_in_two_pieces_is_recorded_once),
        TEST(a_wait_for_a_missing_key_is_recorded_as_waiting),
        TEST(a_refused_request_is_recorded_after_those_before_it),
        TEST(a_request_that_takes_turns_is_recorded_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
