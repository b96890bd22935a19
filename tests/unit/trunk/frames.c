/* Frames of a trunk, cut at every byte, and what is no frame. */
#include "trunk/reader.h"

#include <stdlib.h>

#include "support/allocator.h"
#include "support/test.h"
#include "trunk/greeting.h"

enum { MAX = 1000, STREAM_MAX = 4000 };

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct reader reader;
    uint8_t stream[STREAM_MAX];
    size_t len;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return -1;
    allocator_init(&f->allocator, &f->memory);
    reader_init(&f->reader, &f->memory, MAX);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    reader_done(&f->reader);
    allocator_check_empty(&f->allocator, &f->memory);
    free(f);
    return 0;
}

static const struct item items[] = {
    {7, ITEM_OPEN, {(const uint8_t *)"host a", 6}},
    {7, ITEM_BYTES, {(const uint8_t *)"\x0d\0\0\0\1", 5}},
    {ITEM_SESSIONS_MAX - 1, ITEM_ABOUT, {(const uint8_t *)"rank 3", 6}},
    {ITEM_SESSIONS_MAX - 1, ITEM_LEAVE, {NULL, 0}},
};

enum { ITEMS = sizeof(items) / sizeof(items[0]) };

static uint8_t *put_items(uint8_t *bytes, uint64_t first, uint64_t received)
{
    uint8_t *at = bytes + FRAME_ITEMS_HEAD;

    for (size_t i = 0; i < ITEMS; i++)
        at = frame_put_item(at, &items[i]);
    frame_put_items_head(
        bytes, first, received, ITEMS, (size_t)(at - bytes) - FRAME_ITEMS_HEAD);
    return at;
}

/* A greeting, items, an acknowledgement, and items again. */
static void fill(struct fixture *f)
{
    const struct hello hello = {.version = 1, .received = 5, .name = span_of("n1", 2)};
    uint8_t *at = greeting_put_hello(f->stream, &hello);

    at = put_items(at, 1, 9);
    frame_put_ack(at, 12);
    at = put_items(at + FRAME_ACK_SIZE, 4, 13);
    f->len = (size_t)(at - f->stream);
}

static void check_items(const struct frame *frame, uint64_t first, uint64_t received)
{
    struct frame_items read;

    assert_true(frame_read_items(frame, &read));
    assert_int_equal(read.first, first);
    assert_int_equal(read.received, received);
    assert_int_equal(read.left, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        struct item item = frame_take_item(&read);

        assert_int_equal(item.session, items[i].session);
        assert_int_equal(item.kind, items[i].kind);
        assert_true(span_equal(item.bytes, items[i].bytes));
    }
    assert_int_equal(read.left, 0);
    assert_int_equal(read.first, first + ITEMS);
}

static void check_frame(const struct frame *frame, size_t number)
{
    struct hello hello;
    uint64_t received;

    switch (number) {
    case 0:
        assert_true(greeting_read_hello(frame, &hello));
        assert_int_equal(hello.received, 5);
        assert_true(span_equal(hello.name, span_of("n1", 2)));
        return;
    case 1:
        check_items(frame, 1, 9);
        return;
    case 2:
        assert_true(frame_read_ack(frame, &received));
        assert_int_equal(received, 12);
        return;
    default:
        check_items(frame, 4, 13);
    }
}

/* Returns how many frames there were before. */
static size_t read_piece(struct fixture *f, struct span piece, size_t frames)
{
    struct frame frame;
    enum reader_result result;

    while ((result = reader_take(&f->reader, &piece, &frame)) == READER_FRAME)
        check_frame(&frame, frames++);
    assert_int_equal(result, READER_MORE);
    assert_int_equal(piece.len, 0);
    return frames;
}

static void frames_that_are_cut_anywhere_are_read(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t cut = 0; cut <= f->len; cut++) {
        size_t frames = read_piece(f, span_of(f->stream, cut), 0);

        assert_int_equal(read_piece(f, span_of(f->stream + cut, f->len - cut), frames), 4);
    }
}

static void frames_that_arrive_byte_by_byte_are_read(void **state)
{
    struct fixture *f = *state;
    size_t frames = 0;

    fill(f);
    for (size_t i = 0; i < f->len; i++)
        frames = read_piece(f, span_of(f->stream + i, 1), frames);
    assert_int_equal(frames, 4);
}

static void a_frame_that_was_cut_by_the_end_of_its_link_is_forgotten(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t cut = 0; cut <= f->len; cut++) {
        read_piece(f, span_of(f->stream, cut), 0);
        reader_clear(&f->reader);
        assert_int_equal(read_piece(f, span_of(f->stream, f->len), 0), 4);
    }
}

static void assert_is_bad(struct fixture *f, size_t len)
{
    struct span bytes = span_of(f->stream, len);
    struct frame frame;

    assert_int_equal(reader_take(&f->reader, &bytes, &frame), READER_BAD);
    reader_clear(&f->reader);
}

static void what_is_no_frame_is_refused_by_its_head(void **state)
{
    struct fixture *f = *state;

    frame_put_head(f->stream, FRAME_ITEMS, MAX - FRAME_HEAD + 1);
    assert_is_bad(f, FRAME_HEAD); /* too long by a byte */
    frame_put_head(f->stream, (enum frame_type)(FRAME_ACK + 1), 1);
    assert_is_bad(f, FRAME_HEAD);
    frame_put_head(f->stream, (enum frame_type)0, 1);
    assert_is_bad(f, FRAME_HEAD);
    memcpy(f->stream, "GET / HTTP/1.1\r\n", 16);
    assert_is_bad(f, 16);
    memset(f->stream, 0, FRAME_HEAD);
    assert_is_bad(f, FRAME_HEAD); /* without a type */
}

static void a_frame_of_the_longest_size_is_read(void **state)
{
    struct fixture *f = *state;
    struct span bytes = span_of(f->stream, MAX);
    struct frame frame;

    frame_put_head(f->stream, FRAME_ITEMS, MAX - FRAME_HEAD);
    assert_int_equal(reader_take(&f->reader, &bytes, &frame), READER_FRAME);
    assert_int_equal(frame.payload.len, MAX - FRAME_HEAD);
}

static void memory_is_taken_for_what_has_arrived(void **state)
{
    struct fixture *f = *state;

    reader_init(&f->reader, &f->memory, 1 << 30);
    frame_put_head(f->stream, FRAME_ITEMS, (1 << 30) - FRAME_HEAD);
    read_piece(f, span_of(f->stream, STREAM_MAX), 0);
    assert_true(f->memory.used < (size_t)4 * STREAM_MAX);
}

static void memory_of_a_long_frame_is_given_back(void **state)
{
    struct fixture *f = *state;
    struct span bytes;
    struct frame frame;

    reader_init(&f->reader, &f->memory, 1 << 20);
    frame_put_head(f->stream, FRAME_ITEMS, 2 * STREAM_MAX - FRAME_HEAD);
    read_piece(f, span_of(f->stream, STREAM_MAX), 0);
    bytes = span_of(f->stream, STREAM_MAX);
    assert_int_equal(reader_take(&f->reader, &bytes, &frame), READER_FRAME);
    assert_int_equal(frame.payload.len, 2 * STREAM_MAX - FRAME_HEAD);
    assert_true(f->memory.used > STREAM_MAX);
    read_piece(f, span_of(f->stream, 0), 0);
    assert_int_equal(f->memory.used, 0);
}

static void without_memory_a_cut_frame_is_refused(void **state)
{
    struct fixture *f = *state;
    struct span bytes = span_of(f->stream, 3);
    struct frame frame;

    fill(f);
    allocator_refuse(&f->allocator, 1);
    assert_int_equal(reader_take(&f->reader, &bytes, &frame), READER_NO_MEMORY);
}

/* Whatever byte of the items is changed, what is read lies inside the frame. */
static void changed_items_are_read_or_refused(void **state)
{
    struct fixture *f = *state;
    size_t len = (size_t)(put_items(f->stream, 1, 0) - f->stream);
    size_t refused = 0;

    for (size_t i = FRAME_HEAD; i < len; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t before = f->stream[i];
            struct frame frame = {
                FRAME_ITEMS, span_of(f->stream + FRAME_HEAD, len - FRAME_HEAD)};
            struct frame_items read;

            f->stream[i] = (uint8_t)byte;
            if (!frame_read_items(&frame, &read))
                refused++;
            else
                while (read.left > 0)
                    frame_take_item(&read);
            f->stream[i] = before;
        }
    }
    assert_true(refused > 0);
}

static void each_malformed_frame_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t len = (size_t)(put_items(f->stream, 1, 0) - f->stream);
    struct frame frame = {FRAME_ITEMS, span_of(f->stream + FRAME_HEAD, 0)};
    struct frame_items read;
    uint64_t received;
    struct hello hello;
    struct welcome welcome;
    struct refused refused;

    for (; frame.payload.len < len - FRAME_HEAD; frame.payload.len++)
        assert_false(frame_read_items(&frame, &read));
    assert_true(frame_read_items(&frame, &read));
    frame.payload.len++;
    assert_false(frame_read_items(&frame, &read));
    frame_put_items_head(f->stream, 0, 0, ITEMS, len - FRAME_ITEMS_HEAD);
    frame.payload.len--;
    assert_false(frame_read_items(&frame, &read)); /* numbers begin with 1 */
    frame_put_items_head(f->stream, UINT64_MAX - 1, 0, ITEMS, len - FRAME_ITEMS_HEAD);
    assert_false(frame_read_items(&frame, &read));
    assert_false(frame_read_ack(&frame, &received));
    frame.payload.len = 3;
    assert_false(greeting_read_hello(&frame, &hello));
    assert_false(greeting_read_welcome(&frame, &welcome));
    assert_false(greeting_read_refused(&frame, &refused));
}

static struct frame whole(struct fixture *f, const uint8_t *end)
{
    struct span bytes = span_of(f->stream, (size_t)(end - f->stream));
    struct frame frame;

    assert_int_equal(reader_take(&f->reader, &bytes, &frame), READER_FRAME);
    assert_int_equal(bytes.len, 0);
    return frame;
}

static void greetings_are_read_as_they_were_written(void **state)
{
    struct fixture *f = *state;
    struct hello hello = {
        .version = 3, .received = UINT64_MAX, .is_known = true, .name = span_of("", 0)};
    const struct welcome welcome = {
        2, "0123456789abcde", 1, 2, 3, 4, 5, 6, {2, {"relay", "the one above"}}};
    const struct refused refused = {REFUSED_NAME, span_of("no", 2)};
    struct hello read_hello;
    struct welcome read_welcome;
    struct refused read_refused;
    struct frame frame;

    memset(hello.cluster, 1, sizeof(hello.cluster));
    memset(hello.relay, 2, sizeof(hello.relay));
    memset(hello.instance, 3, sizeof(hello.instance));
    frame = whole(f, greeting_put_hello(f->stream, &hello));
    assert_true(greeting_read_hello(&frame, &read_hello));
    assert_int_equal(read_hello.version, 3);
    assert_int_equal(read_hello.received, UINT64_MAX);
    assert_memory_equal(read_hello.cluster, hello.cluster, GREETING_ID_SIZE);
    assert_memory_equal(read_hello.relay, hello.relay, GREETING_ID_SIZE);
    assert_memory_equal(read_hello.instance, hello.instance, GREETING_ID_SIZE);
    assert_true(read_hello.is_known);
    assert_int_equal(read_hello.name.len, 0);
    frame = whole(f, greeting_put_welcome(f->stream, &welcome));
    assert_true(greeting_read_welcome(&frame, &read_welcome));
    assert_int_equal(read_welcome.version, 2);
    assert_memory_equal(read_welcome.cluster, welcome.cluster, GREETING_ID_SIZE);
    assert_int_equal(read_welcome.received, 1);
    assert_int_equal(read_welcome.key_bytes, 2);
    assert_int_equal(read_welcome.value_bytes, 3);
    assert_int_equal(read_welcome.keys_per_request, 4);
    assert_int_equal(read_welcome.window, 5);
    assert_int_equal(read_welcome.away_ms, 6);
    assert_memory_equal(&read_welcome.path, &welcome.path, sizeof(welcome.path));
    f->stream[FRAME_HEAD + 4 + GREETING_ID_SIZE + 3 * 8 + 3 * 4] = 3;
    assert_false(greeting_read_welcome(&frame, &read_welcome));
    frame = whole(f, greeting_put_refused(f->stream, &refused));
    assert_true(greeting_read_refused(&frame, &read_refused));
    assert_int_equal(read_refused.code, REFUSED_NAME);
    assert_true(span_equal(read_refused.text, span_of("no", 2)));
}

static void a_long_name_is_cut(void **state)
{
    struct fixture *f = *state;
    uint8_t name[GREETING_TEXT_MAX + 1] = {0};
    const struct hello hello = {.version = 1, .name = span_of(name, sizeof(name))};
    const uint8_t *end = greeting_put_hello(f->stream, &hello);
    struct frame frame = whole(f, end);
    struct hello read;

    assert_true(end - f->stream <= GREETING_MAX);
    assert_true(greeting_read_hello(&frame, &read));
    assert_int_equal(read.name.len, GREETING_TEXT_MAX);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_that_are_cut_anywhere_are_read),
        TEST(frames_that_arrive_byte_by_byte_are_read),
        TEST(a_frame_that_was_cut_by_the_end_of_its_link_is_forgotten),
        TEST(what_is_no_frame_is_refused_by_its_head),
        TEST(a_frame_of_the_longest_size_is_read),
        TEST(memory_is_taken_for_what_has_arrived),
        TEST(memory_of_a_long_frame_is_given_back),
        TEST(without_memory_a_cut_frame_is_refused),
        TEST(changed_items_are_read_or_refused),
        TEST(each_malformed_frame_is_refused),
        TEST(greetings_are_read_as_they_were_written),
        TEST(a_long_name_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
