/* The ring: what is added is read back, without values, as far as it was not overwritten. */
#include <stdio.h>
#include <stdlib.h>

#include <tcpstore/error.h>

#include "record/parts.h"
#include "record/reader.h"
#include "support/record_copy.h"
#include "support/requests.h"
#include "support/test.h"

enum { ORIGIN = 1000000, TIME = 7, CLIENT = 3, LONG = 1000 };

static struct record record;
static struct buffer bytes;
static uint8_t *file;
static size_t file_max;
static struct record_reader reader;
static struct record_entry entry;
static char long_value[LONG];

static void start(size_t size)
{
    record_init(&record, malloc(size), size);
    assert_non_null(record.memory);
    file_max = FILE_HEAD + size;
    file = malloc(file_max);
    assert_non_null(file);
}

static int set_up(void **state)
{
    (void)state;
    memset(long_value, 'v', sizeof(long_value));
    start(RECORD_MIN);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(record.memory);
    free(file);
    buffer_free(&bytes);
    bytes = (struct buffer){0};
    return 0;
}

/* Records the turn, and empties `bytes`. */
static void add_turn(uint64_t count, bool waits)
{
    record_turn(&record, TIME, CLIENT, buffer_span(&bytes), count, waits);
    buffer_clear(&bytes);
}

static size_t open_after(uint64_t after)
{
    size_t len = record_copy_all(&record, after, ORIGIN, file);

    assert_true(len <= file_max);
    assert_int_equal(record_reader_init(&reader, span_of(file, len)), 0);
    return len;
}

static void read_next(void)
{
    assert_int_equal(record_read(&reader, &entry), 1);
}

static void expect_end(void)
{
    assert_int_equal(record_read(&reader, &entry), 0);
}

static struct part part_of_entry(size_t index)
{
    struct parts parts = parts_of(entry.request);
    struct part part = {0};

    for (size_t i = 0; i <= index; i++)
        assert_true(parts_next(&parts, &part));
    return part;
}

static void expect(uint8_t opcode, const char *key)
{
    read_next();
    assert_int_equal(entry.request.bytes[0], opcode);
    assert_span_is(part_of_entry(0).here, key);
}

static void the_operations_of_a_turn_are_read_in_order(void **state)
{
    (void)state;
    add_keyed(&bytes, OP_GET, "a");
    add_keyed(&bytes, OP_DELETE_KEY, "bc");
    add_turn(2, false);
    open_after(0);
    expect(WIRE_GET, "a");
    assert_int_equal(entry.number, 1);
    assert_int_equal(entry.unix_ms, ORIGIN + TIME);
    assert_int_equal(entry.client, CLIENT);
    assert_int_equal(entry.outcome, OUTCOME_EXECUTED);
    assert_int_equal(entry.len, 10);
    expect(WIRE_DELETE_KEY, "bc");
    assert_int_equal(entry.number, 2);
    expect_end();
    assert_int_equal(reader.lost, 0);
}

static void values_are_cleared_but_have_their_length(void **state)
{
    size_t len;

    (void)state;
    add_valued(&bytes, OP_SET, "key", text("secret"));
    add_compare_set(&bytes, "key", text("secret"), text("secret"));
    add_multi_set(&bytes, "k secret l secret");
    add_turn(3, false);
    record_refused(
        &record, TIME, CLIENT, TCPSTORE_ENOMEM, text("\x01\3\0\0\0\0\0\0\0keysecret"));
    add_valued(&bytes, OP_QUEUE_PUSH, "key", text("secret"));
    record_refused(&record, TIME, CLIENT, TCPSTORE_EQUEUEFULL, buffer_span(&bytes));
    len = open_after(0);
    assert_null(memmem(file, len, "secret", 6));
    expect(WIRE_SET, "key");
    assert_int_equal(part_of_entry(1).len, 6);
    expect(WIRE_COMPARE_SET, "key");
    expect(WIRE_MULTI_SET, "k");
    assert_span_is(part_of_entry(2).here, "l");
}

static void values_of_a_long_request_are_cleared(void **state)
{
    char words[4 + LONG + 1] = "key ";

    (void)state;
    for (size_t i = 0; i < LONG; i++)
        words[4 + i] = "secret"[i % 6];
    add_multi_set(&bytes, words);
    add_turn(1, false);
    assert_null(memmem(file, open_after(0), "secret", 6));
    expect(WIRE_MULTI_SET, "key");
    assert_int_equal(part_of_entry(1).len, LONG);
}

static void a_long_value_is_cut(void **state)
{
    (void)state;
    add_valued(&bytes, OP_SET, "key", span_of(long_value, LONG));
    add_turn(1, false);
    assert_true(open_after(0) < FILE_HEAD + 100);
    expect(WIRE_SET, "key");
    assert_int_equal(entry.len, 1 + 8 + 3 + 8 + LONG);
    assert_int_equal(part_of_entry(1).len, LONG);
    assert_int_equal(part_of_entry(1).here.len, 0);
    expect_end();
}

static void a_long_request_among_short_ones_is_cut(void **state)
{
    (void)state;
    add_keyed(&bytes, OP_GET, "a");
    add_valued(&bytes, OP_SET, "b", span_of(long_value, LONG));
    add_valued(&bytes, OP_APPEND, "c", span_of(long_value, LONG));
    add_keyed(&bytes, OP_GET, "d");
    add_keyed(&bytes, OP_GET, "e");
    add_turn(5, false);
    assert_true(open_after(0) < FILE_HEAD + 300);
    expect(WIRE_GET, "a");
    expect(WIRE_SET, "b");
    expect(WIRE_APPEND, "c");
    expect(WIRE_GET, "d");
    expect(WIRE_GET, "e");
    assert_int_equal(entry.number, 5);
    expect_end();
}

static void a_long_list_has_its_first_keys(void **state)
{
    char keys[LONG] = "";

    (void)state;
    for (size_t i = 0; i < LONG - 1; i++)
        keys[i] = "k "[i % 2];
    add_keys(&bytes, OP_WAIT, keys);
    add_turn(1, true);
    open_after(0);
    expect(WIRE_WAIT, "k");
    assert_int_equal(entry.len, 9 + LONG / 2 * 9);
    assert_int_equal(entry.outcome, OUTCOME_WAITING);
    assert_int_equal(parts_of(entry.request).items, LONG / 2);
    expect_end();
}

static void the_last_wait_of_a_turn_waits(void **state)
{
    (void)state;
    add_keys(&bytes, OP_WAIT, "a");
    add_keys(&bytes, OP_WAIT, "b");
    add_keyed(&bytes, OP_GET, "c");
    add_turn(3, true);
    open_after(0);
    expect(WIRE_WAIT, "a");
    assert_int_equal(entry.outcome, OUTCOME_EXECUTED);
    expect(WIRE_WAIT, "b");
    assert_int_equal(entry.outcome, OUTCOME_WAITING);
    expect(WIRE_GET, "c");
    assert_int_equal(entry.outcome, OUTCOME_EXECUTED);
}

static void the_last_wait_before_a_long_request_waits(void **state)
{
    (void)state;
    add_keys(&bytes, OP_WAIT, "a");
    add_valued(&bytes, OP_SET, "b", span_of(long_value, LONG));
    add_numbered(&bytes, OP_BARRIER, "c", 8);
    add_valued(&bytes, OP_SET, "d", span_of(long_value, LONG));
    add_turn(4, true);
    open_after(0);
    expect(WIRE_WAIT, "a");
    assert_int_equal(entry.outcome, OUTCOME_EXECUTED);
    read_next();
    expect(WIRE_BARRIER, "c");
    assert_int_equal(entry.outcome, OUTCOME_WAITING);
    read_next();
    assert_int_equal(entry.outcome, OUTCOME_EXECUTED);
}

static void a_refused_request_has_its_code_and_first_bytes(void **state)
{
    (void)state;
    add_valued(&bytes, OP_SET, "key", span_of(long_value, LONG));
    record_refused(&record, TIME, CLIENT, TCPSTORE_EVALUESIZE, buffer_span(&bytes));
    record_refused(&record, TIME, CLIENT, TCPSTORE_EOPCODE, text("\xffpassword"));
    record_refused(&record, TIME, CLIENT, TCPSTORE_ENOMEM, span_of(NULL, 0));
    open_after(0);
    expect(WIRE_SET, "key");
    assert_int_equal(entry.outcome, OUTCOME_REFUSED);
    assert_int_equal(entry.code, TCPSTORE_EVALUESIZE);
    assert_int_equal(part_of_entry(1).len, LONG);
    read_next();
    assert_int_equal(entry.code, TCPSTORE_EOPCODE);
    assert_int_equal(entry.request.len, 1);
    read_next();
    assert_int_equal(entry.request.len, 0);
    expect_end();
}

static void clients_connect_and_are_closed(void **state)
{
    (void)state;
    record_event(&record, TIME, CLIENT, SEGMENT_CONNECTED, text("127.0.0.1:5"));
    record_event(&record, TIME, CLIENT, SEGMENT_CLOSED, span_of(NULL, 0));
    open_after(0);
    read_next();
    assert_int_equal(entry.outcome, OUTCOME_CONNECTED);
    assert_span_is(entry.text, "127.0.0.1:5");
    read_next();
    assert_int_equal(entry.outcome, OUTCOME_CLOSED);
    assert_int_equal(entry.text.len, 0);
    expect_end();
}

/* Turns of different sizes, some of them long. The key is the number of the entry. */
static uint64_t add_turns(size_t turns)
{
    uint64_t number = 0;

    for (size_t i = 0; i < turns; i++) {
        size_t count = i * 7 % 19 + 1;

        for (size_t j = 0; j < count; j++) {
            char key[32];

            snprintf(key, sizeof(key), "%ju", (uintmax_t)++number);
            if (i % 5 == 0)
                add_valued(&bytes, OP_SET, key, span_of(long_value, i % LONG));
            else
                add_keyed(&bytes, OP_GET, key);
        }
        add_turn(count, false);
    }
    return number;
}

static void expect_numbers(uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++) {
        char key[32];

        snprintf(key, sizeof(key), "%ju", (uintmax_t)number);
        read_next();
        assert_int_equal(entry.number, number);
        assert_span_is(part_of_entry(0).here, key);
    }
    expect_end();
}

/* As the server receives `bytes`. */
static struct span receive(void)
{
    struct room room = record_room(&record);

    assert_non_null(room.bytes);
    assert_true(room.len >= bytes.len);
    span_copy(room.bytes, buffer_span(&bytes));
    return span_of(room.bytes, bytes.len);
}

static void requests_are_recorded_where_they_were_received(void **state)
{
    struct span received;

    (void)state;
    for (int i = 0; i < 2; i++) {
        add_keyed(&bytes, OP_GET, "key");
        received = receive();
        record_turn(&record, TIME, CLIENT, received, 1, false);
        assert_ptr_equal(record.at, received.bytes + received.len);
        buffer_clear(&bytes);
    }
    open_after(0);
    expect(WIRE_GET, "key");
    expect(WIRE_GET, "key");
    expect_end();
}

/* Fills the whole room, however small, as a socket may. */
static void room_has_no_entries_in_it(void **state)
{
    uint64_t number = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct room room = record_room(&record);
        char key[32];

        snprintf(key, sizeof(key), "%ju", (uintmax_t)++number);
        add_keyed(&bytes, OP_GET, key);
        if (room.bytes != NULL)
            memset(room.bytes, 0xff, room.len);
        if (room.len < bytes.len) {
            add_turn(1, false);
            continue;
        }
        record_turn(&record, TIME, CLIENT, receive(), 1, false);
        buffer_clear(&bytes);
    }
    open_after(0);
    expect_numbers(reader.next, number);
}

static void a_refused_request_stays_where_it_was_received(void **state)
{
    for (int executed = 0; executed < 2; executed++) {
        struct span received;
        struct span refused;

        tear_down(state);
        set_up(state);
        add_keyed(&bytes, OP_GET, "a");
        add_keyed(&bytes, OP_GET, "the refused one");
        received = receive();
        refused = span_from(received, executed ? 10 : 0);
        if (executed)
            record_turn(&record, TIME, CLIENT, span_of(received.bytes, 10), 1, false);
        record_refused(&record, TIME, CLIENT, TCPSTORE_ENOTANUMBER, refused);
        record_event(&record, TIME, CLIENT, SEGMENT_CLOSED, text("reason"));
        assert_memory_equal(received.bytes, bytes.bytes, received.len);
        open_after(0);
        if (executed)
            expect(WIRE_GET, "a");
        expect(WIRE_GET, executed ? "the refused one" : "a");
        assert_int_equal(entry.outcome, OUTCOME_REFUSED);
    }
}

static void long_requests_stay_where_they_were_received(void **state)
{
    struct span received;

    (void)state;
    add_keyed(&bytes, OP_GET, "a");
    add_valued(&bytes, OP_SET, "long", span_of(long_value, LONG));
    add_keyed(&bytes, OP_GET, "b");
    received = receive();
    record_turn(&record, TIME, CLIENT, received, 3, false);
    assert_memory_equal(received.bytes, bytes.bytes, received.len);
    open_after(0);
    expect(WIRE_GET, "a");
    expect(WIRE_SET, "long");
    expect(WIRE_GET, "b");
    expect_end();
}

static void there_is_no_room_for_a_while_after_it_was_wasted(void **state)
{
    (void)state;
    add_valued(&bytes, OP_SET, "long", span_of(long_value, LONG));
    record_turn(&record, TIME, CLIENT, receive(), 1, false);
    buffer_clear(&bytes);
    for (int blocks = 0; blocks < RECORD_COPIED_BLOCKS; blocks++) {
        for (size_t newest = record.newest; record.newest == newest; add_turns(1))
            assert_null(record_room(&record).bytes);
    }
    assert_non_null(record_room(&record).bytes);
}

static void a_full_ring_of_any_size_keeps_the_last_entries(void **state)
{
    (void)state;
    for (size_t size = RECORD_MIN; size < (size_t)2 * RECORD_MIN; size += 977) {
        uint64_t last;
        size_t len;

        tear_down(NULL);
        start(size);
        last = add_turns(5000);
        len = open_after(0);
        assert_true(reader.next > 1);
        assert_int_equal(reader.lost, reader.next - 1);
        assert_true(len > size / 2);
        expect_numbers(reader.next, last);
    }
}

static void a_reader_gets_what_follows_and_learns_what_it_lost(void **state)
{
    uint64_t last = add_turns(10);

    (void)state;
    open_after(last);
    assert_int_equal(reader.next, last + 1);
    assert_int_equal(reader.lost, 0);
    expect_end();
    add_keyed(&bytes, OP_GET, "new");
    add_turn(1, false);
    open_after(last);
    assert_int_equal(reader.next, last + 1);
    expect(WIRE_GET, "new");
    expect_end();
    last += 1 + add_turns(5000);
    open_after(11);
    assert_int_equal(reader.lost, reader.next - 12);
    open_after(last - 1);
    assert_int_equal(reader.lost, 0);
}

static void a_turn_longer_than_a_block_is_divided(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        add_keyed(&bytes, OP_GET, "key");
    add_turn(1000, false);
    open_after(0);
    for (int i = 0; i < 1000; i++)
        expect(WIRE_GET, "key");
    expect_end();
}

static size_t fill_file(void)
{
    add_turns(20);
    record_refused(&record, TIME, CLIENT, TCPSTORE_ENOMEM, text("\x03"));
    record_event(&record, TIME, CLIENT, SEGMENT_CLOSED, text("reason"));
    return record_copy_all(&record, 0, ORIGIN, file);
}

static void a_truncated_file_is_refused(void **state)
{
    size_t len = fill_file();

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        int problem;

        assert_non_null(copy);
        memcpy(copy, file, cut);
        problem = record_reader_init(&reader, span_of(copy, cut));
        assert_int_equal(problem, cut == 0 ? RECORD_NOT_ONE : RECORD_NOT_WHOLE);
        free(copy);
    }
    assert_int_equal(record_reader_init(&reader, span_of(file, len + 1)), RECORD_MALFORMED);
}

static void another_file_is_refused(void **state)
{
    uint8_t other[FILE_HEAD] = "tcpstore-record 2\n";

    (void)state;
    assert_int_equal(
        record_reader_init(&reader, span_of(other, sizeof(other))), RECORD_OTHER_VERSION);
    other[0] = 'T';
    assert_int_equal(
        record_reader_init(&reader, span_of(other, sizeof(other))), RECORD_NOT_ONE);
}

/* The address sanitizer finds reads outside of the file. */
static void a_damaged_file_is_read_up_to_its_damage(void **state)
{
    static const uint8_t damages[] = {0, 1, 0x7f, 0xff};
    size_t len = fill_file();

    (void)state;
    for (size_t i = 0; i < len * sizeof(damages); i++) {
        uint8_t *copy = malloc(len);

        assert_non_null(copy);
        memcpy(copy, file, len);
        copy[i / sizeof(damages)] = damages[i % sizeof(damages)];
        if (record_reader_init(&reader, span_of(copy, len)) == 0) {
            while (record_read(&reader, &entry) == 1)
                assert_true(entry.request.len <= len);
        }
        free(copy);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_operations_of_a_turn_are_read_in_order),
        TEST(values_are_cleared_but_have_their_length),
        TEST(values_of_a_long_request_are_cleared),
        TEST(a_long_value_is_cut),
        TEST(a_long_request_among_short_ones_is_cut),
        TEST(a_long_list_has_its_first_keys),
        TEST(the_last_wait_of_a_turn_waits),
        TEST(the_last_wait_before_a_long_request_waits),
        TEST(a_refused_request_has_its_code_and_first_bytes),
        TEST(clients_connect_and_are_closed),
        TEST(requests_are_recorded_where_they_were_received),
        TEST(room_has_no_entries_in_it),
        TEST(a_refused_request_stays_where_it_was_received),
        TEST(long_requests_stay_where_they_were_received),
        TEST(there_is_no_room_for_a_while_after_it_was_wasted),
        TEST(a_full_ring_of_any_size_keeps_the_last_entries),
        TEST(a_reader_gets_what_follows_and_learns_what_it_lost),
        TEST(a_turn_longer_than_a_block_is_divided),
        TEST(a_truncated_file_is_refused),
        TEST(another_file_is_refused),
        TEST(a_damaged_file_is_read_up_to_its_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
