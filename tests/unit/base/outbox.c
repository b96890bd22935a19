#include "base/outbox.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/outbox_reader.h"
#include "support/test.h"

enum {
    FILL = 64,
    LARGE = 5000, /* enough to be shared */
    LIMIT = 1000000,
};

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct outbox outbox;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    outbox_init(&fixture.outbox, &fixture.memory, FILL, LIMIT);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    outbox_done(&f->outbox);
    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

static void append_text(struct outbox *outbox, const char *string)
{
    assert_int_equal(outbox_append(outbox, &(struct slice){.span = text(string)}), 0);
}

static struct blob *make_blob(struct fixture *f, size_t len, char fill)
{
    struct blob *blob = blob_new(&f->memory, len);

    assert_non_null(blob);
    memset(blob->bytes, fill, len);
    return blob;
}

static struct slice whole(struct blob *blob)
{
    return (struct slice){.span = span_of(blob->bytes, blob->capacity), .blob = blob};
}

static int append_whole(struct outbox *outbox, struct blob *blob)
{
    struct slice bytes = whole(blob);

    return outbox_append(outbox, &bytes);
}

static void a_new_outbox_is_empty_and_has_allocated_nothing(void **state)
{
    struct fixture *f = *state;
    struct span view;

    assert_int_equal(f->allocator.requests, 0);
    assert_int_equal(outbox_peek(&f->outbox, &view, 1), 0);
    assert_int_equal(f->outbox.bytes, 0);
}

static void appended_small_bytes_lie_next_to_each_other(void **state)
{
    struct fixture *f = *state;
    struct span views[2];

    append_text(&f->outbox, "one");
    append_text(&f->outbox, "two");
    append_text(&f->outbox, "three");
    assert_int_equal(outbox_peek(&f->outbox, views, 2), 1);
    assert_span_is(views[0], "onetwothree");
    assert_int_equal(f->outbox.bytes, 11);
}

static void appending_a_large_value_shares_its_blob(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    struct span views[4];

    append_text(&f->outbox, "before");
    assert_int_equal(append_whole(&f->outbox, blob), 0);
    append_text(&f->outbox, "after");
    assert_int_equal(outbox_peek(&f->outbox, views, 4), 3);
    assert_span_is(views[0], "before");
    assert_ptr_equal(views[1].bytes, blob->bytes);
    assert_int_equal(views[1].len, LARGE);
    assert_span_is(views[2], "after");
    assert_int_equal(blob->owners, 2);
    blob_release(blob);
}

static void consuming_a_large_value_releases_its_blob(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');

    assert_int_equal(append_whole(&f->outbox, blob), 0);
    outbox_consume(&f->outbox, LARGE - 1);
    assert_int_equal(blob->owners, 2);
    outbox_consume(&f->outbox, 1);
    assert_int_equal(blob->owners, 1);
    blob_release(blob);
}

static void appending_small_bytes_of_a_blob_copies_them(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 100, 'x');

    assert_int_equal(append_whole(&f->outbox, blob), 0);
    assert_int_equal(blob->owners, 1);
    memset(blob->bytes, 'y', 100);
    blob_release(blob);
    outbox_consume(&f->outbox, 97);
    outbox_expect(&f->outbox, text("xxx"));
}

static void appending_zero_bytes_makes_no_view(void **state)
{
    struct fixture *f = *state;
    struct span view;

    assert_int_equal(outbox_append(&f->outbox, &(struct slice){.span = span_of(NULL, 0)}), 0);
    assert_int_equal(outbox_peek(&f->outbox, &view, 1), 0);
}

static void consuming_can_end_at_any_byte(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');

    append_text(&f->outbox, "before");
    assert_int_equal(append_whole(&f->outbox, blob), 0);
    append_text(&f->outbox, "after");
    blob_release(blob);
    outbox_consume(&f->outbox, 3);
    assert_int_equal(f->outbox.bytes, 3 + LARGE + 5);
    outbox_consume(&f->outbox, 3 + LARGE - 2);
    outbox_expect(&f->outbox, text("xxafter"));
}

static void peeking_returns_no_more_views_than_asked_for(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    struct span views[3] = {{0}};

    for (int i = 0; i < 5; i++)
        assert_int_equal(append_whole(&f->outbox, blob), 0);
    assert_int_equal(outbox_peek(&f->outbox, views, 2), 2);
    assert_null(views[2].bytes);
    blob_release(blob);
}

static void reserved_bytes_of_any_number_are_contiguous(void **state)
{
    struct fixture *f = *state;
    struct buffer expected = {0};

    for (size_t len = 1; len < (size_t)FILL * 3; len += 5) {
        struct reserved room = outbox_reserve(&f->outbox, len);

        assert_int_equal(room.error, 0);
        memset(room.bytes, (int)len, len);
        for (size_t i = 0; i < len; i++)
            buffer_add_u8(&expected, (uint8_t)len);
    }
    outbox_expect(&f->outbox, buffer_span(&expected));
    buffer_free(&expected);
}

static void adding_more_than_the_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');

    f->outbox.limit = LARGE + 4;
    append_text(&f->outbox, "12345");
    assert_int_equal(append_whole(&f->outbox, blob), TCPSTORE_EOUTPUT);
    outbox_expect(&f->outbox, text("12345"));
    append_text(&f->outbox, "1234");
    assert_int_equal(append_whole(&f->outbox, blob), 0);
    assert_int_equal(
        outbox_append(&f->outbox, &(struct slice){.span = text("x")}), TCPSTORE_EOUTPUT);
    assert_int_equal(outbox_reserve(&f->outbox, 1).error, TCPSTORE_EOUTPUT);
    assert_int_equal(outbox_reserve(&f->outbox, SIZE_MAX).error, TCPSTORE_EOUTPUT);
    assert_int_equal(f->outbox.bytes, LARGE + 4);
    blob_release(blob);
}

/* The last piece has room for them. */
static void a_limit_that_is_lowered_holds_until_it_is_raised(void **state)
{
    struct fixture *f = *state;

    append_text(&f->outbox, "ab");
    outbox_set_limit(&f->outbox, 3);
    append_text(&f->outbox, "c");
    assert_int_equal(
        outbox_append(&f->outbox, &(struct slice){.span = text("d")}), TCPSTORE_EOUTPUT);
    outbox_set_limit(&f->outbox, LIMIT);
    append_text(&f->outbox, "d");
    assert_int_equal(f->outbox.bytes, 4);
}

static void dropping_takes_a_step_for_each_piece(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    long steps = 2;

    append_text(&f->outbox, "a");
    append_whole(&f->outbox, blob);
    append_text(&f->outbox, "b");
    assert_false(outbox_drop(&f->outbox, &steps));
    assert_int_equal(steps, 0);
    assert_int_equal(f->outbox.bytes, 1);
    assert_int_equal(blob->owners, 1);
    steps = 2;
    assert_true(outbox_drop(&f->outbox, &steps));
    assert_int_equal(steps, 1);
    blob_release(blob);
}

static void clearing_drops_the_bytes_and_keeps_the_memory(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    size_t requests;

    append_text(&f->outbox, "forgotten");
    assert_int_equal(append_whole(&f->outbox, blob), 0);
    outbox_clear(&f->outbox);
    assert_int_equal(f->outbox.bytes, 0);
    assert_int_equal(blob->owners, 1);
    requests = f->allocator.requests;
    append_text(&f->outbox, "remembered");
    assert_int_equal(f->allocator.requests, requests);
    outbox_expect(&f->outbox, text("remembered"));
    blob_release(blob);
}

static void clearing_frees_what_exceeds_the_default_size(void **state)
{
    struct fixture *f = *state;
    size_t used;

    append_text(&f->outbox, "usual");
    outbox_clear(&f->outbox);
    used = f->memory.used;
    assert_int_equal(outbox_reserve(&f->outbox, (size_t)FILL * 1000).error, 0);
    outbox_clear(&f->outbox);
    assert_int_equal(f->memory.used, used);
    assert_int_equal(outbox_prepare(&f->outbox, (size_t)FILL * 1000), 0);
    outbox_clear(&f->outbox);
    assert_int_equal(f->memory.used, used);
}

/* Whatever was added before. */
static void an_outbox_that_is_emptied_needs_no_memory_for_a_fill(void **state)
{
    struct fixture *f = *state;

    append_text(&f->outbox, "usual");
    for (int i = 0; i < 4; i++) {
        allocator_refuse_none(&f->allocator);
        if (i & 1)
            assert_int_equal(outbox_reserve(&f->outbox, (size_t)FILL * 10).error, 0);
        else
            assert_int_equal(outbox_prepare(&f->outbox, (size_t)FILL * 10), 0);
        append_text(&f->outbox, "more");
        allocator_refuse_all(&f->allocator);
        if (i & 2)
            outbox_consume(&f->outbox, f->outbox.bytes);
        else
            outbox_clear(&f->outbox);
        assert_int_equal(outbox_reserve(&f->outbox, FILL).error, 0);
    }
    allocator_refuse_none(&f->allocator);
}

static void rewinding_drops_what_was_added_after_the_mark(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    struct outbox_mark mark = outbox_mark(&f->outbox);

    append_text(&f->outbox, "dropped");
    outbox_rewind(&f->outbox, &mark);
    assert_int_equal(f->outbox.bytes, 0);
    append_text(&f->outbox, "consumed, before");
    outbox_consume(&f->outbox, 10);
    mark = outbox_mark(&f->outbox);
    for (int i = 0; i < 20; i++) {
        append_text(&f->outbox, " dropped");
        assert_int_equal(append_whole(&f->outbox, blob), 0);
    }
    outbox_rewind(&f->outbox, &mark);
    assert_int_equal(blob->owners, 1);
    append_text(&f->outbox, " after");
    outbox_expect(&f->outbox, text("before after"));
    blob_release(blob);
}

static void an_outbox_that_is_emptied_each_time_allocates_once(void **state)
{
    struct fixture *f = *state;
    size_t requests;

    append_text(&f->outbox, "first");
    requests = f->allocator.requests;
    for (int i = 0; i < 1000; i++) {
        outbox_consume(&f->outbox, f->outbox.bytes);
        append_text(&f->outbox, "again");
    }
    assert_int_equal(f->allocator.requests, requests);
}

static void moving_shares_large_values_and_copies_small_bytes(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    struct outbox source;
    struct span views[4];

    outbox_init(&source, &f->memory, FILL, LIMIT);
    append_text(&f->outbox, "earlier ");
    append_text(&source, "before");
    assert_int_equal(append_whole(&source, blob), 0);
    append_text(&source, "after");
    assert_int_equal(outbox_move(&f->outbox, &source), 0);
    assert_int_equal(source.bytes, 0);
    append_text(&source, "something else that takes the same place");
    assert_int_equal(outbox_peek(&f->outbox, views, 4), 3);
    assert_span_is(views[0], "earlier before");
    assert_ptr_equal(views[1].bytes, blob->bytes);
    assert_span_is(views[2], "after");
    outbox_done(&source);
    blob_release(blob);
}

/* The source has a large block for small bytes here, so that many of them could be shared. */
static void moving_copies_bytes_that_the_source_will_overwrite(void **state)
{
    struct fixture *f = *state;
    struct outbox source;
    struct buffer expected = {0};

    outbox_init(&source, &f->memory, (size_t)LARGE * 2, LIMIT);
    for (int i = 0; i < LARGE; i++) {
        append_text(&source, "x");
        buffer_add_u8(&expected, 'x');
    }
    assert_int_equal(outbox_move(&f->outbox, &source), 0);
    for (int i = 0; i < LARGE; i++)
        append_text(&source, "y");
    outbox_expect(&f->outbox, buffer_span(&expected));
    buffer_free(&expected);
    outbox_done(&source);
}

static void moving_more_than_the_limit_leaves_the_source_unchanged(void **state)
{
    struct fixture *f = *state;
    struct outbox source;

    outbox_init(&source, &f->memory, FILL, LIMIT);
    append_text(&source, "too much");
    f->outbox.limit = 7;
    assert_int_equal(outbox_move(&f->outbox, &source), TCPSTORE_EOUTPUT);
    outbox_expect(&source, text("too much"));
    outbox_done(&source);
}

static int fill_with_everything(struct outbox *outbox, struct blob *blob)
{
    int error = 0;

    for (int i = 0; i < 20 && error == 0; i++) {
        error = outbox_append(
            outbox, &(struct slice){.span = text("some bytes of no great number")});
        if (error == 0)
            error = append_whole(outbox, blob);
    }
    return error;
}

static void bytes_that_are_refused_memory_are_not_added(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'x');
    int error = TCPSTORE_ENOMEM;

    for (size_t nth = 1; error != 0; nth++) {
        struct buffer held = {0};
        size_t bytes;

        allocator_refuse(&f->allocator, nth);
        error = fill_with_everything(&f->outbox, blob);
        assert_true(error == 0 || error == TCPSTORE_ENOMEM);
        bytes = f->outbox.bytes;
        outbox_read(&f->outbox, &held);
        assert_int_equal(held.len, bytes);
        buffer_free(&held);
        outbox_done(&f->outbox);
        assert_int_equal(blob->owners, 1);
    }
    blob_release(blob);
}

/* A pseudo-random number, the same in each run. */
static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 16;
}

static void add_and_note(
    struct fixture *f, struct blob *blob, unsigned number, struct buffer *model)
{
    struct slice bytes = whole(blob);

    bytes.span.len = number % 5 == 0 ? LARGE : number % (FILL * 2);
    bytes.span.bytes += number % 100;
    assert_int_equal(outbox_append(&f->outbox, &bytes), 0);
    buffer_add(model, bytes.span);
}

static void bytes_stay_in_order_through_random_operations(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE + 100, 0);
    struct buffer expected = {0}, actual = {0};
    unsigned seed = 1;

    for (size_t i = 0; i < blob->capacity; i++)
        blob->bytes[i] = (uint8_t)next_number(&seed);
    for (int i = 0; i < 3000; i++) {
        struct span view;

        add_and_note(f, blob, next_number(&seed), &expected);
        while (f->outbox.bytes > (size_t)LARGE * 20 || next_number(&seed) % 3 == 0) {
            if (outbox_peek(&f->outbox, &view, 1) == 0)
                break;
            view.len = 1 + next_number(&seed) % view.len;
            buffer_add(&actual, view);
            outbox_consume(&f->outbox, view.len);
        }
    }
    outbox_read(&f->outbox, &actual);
    assert_spans_equal(buffer_span(&actual), buffer_span(&expected));
    buffer_free(&expected);
    buffer_free(&actual);
    assert_int_equal(blob->owners, 1);
    blob_release(blob);
}

#define OUTBOX_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* However full the array of pieces is. */
static void pieces_that_are_prepared_need_no_memory(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, LARGE, 'b');

    for (size_t before = 0; before < 40; before++) {
        for (size_t i = 0; i < before; i++)
            assert_int_equal(append_whole(&f->outbox, blob), 0);
        assert_int_equal(outbox_prepare(&f->outbox, OUTBOX_PREPARED), 0);
        allocator_refuse_all(&f->allocator);
        for (int i = 0; i < OUTBOX_PREPARED / 2; i++) {
            append_text(&f->outbox, "a");
            assert_int_equal(append_whole(&f->outbox, blob), 0);
        }
        allocator_refuse_none(&f->allocator);
        outbox_clear(&f->outbox);
    }
    blob_release(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OUTBOX_TEST(a_new_outbox_is_empty_and_has_allocated_nothing),
        OUTBOX_TEST(appended_small_bytes_lie_next_to_each_other),
        OUTBOX_TEST(appending_a_large_value_shares_its_blob),
        OUTBOX_TEST(consuming_a_large_value_releases_its_blob),
        OUTBOX_TEST(appending_small_bytes_of_a_blob_copies_them),
        OUTBOX_TEST(appending_zero_bytes_makes_no_view),
        OUTBOX_TEST(consuming_can_end_at_any_byte),
        OUTBOX_TEST(peeking_returns_no_more_views_than_asked_for),
        OUTBOX_TEST(reserved_bytes_of_any_number_are_contiguous),
        OUTBOX_TEST(adding_more_than_the_limit_is_refused),
        OUTBOX_TEST(a_limit_that_is_lowered_holds_until_it_is_raised),
        OUTBOX_TEST(dropping_takes_a_step_for_each_piece),
        OUTBOX_TEST(clearing_drops_the_bytes_and_keeps_the_memory),
        OUTBOX_TEST(clearing_frees_what_exceeds_the_default_size),
        OUTBOX_TEST(an_outbox_that_is_emptied_needs_no_memory_for_a_fill),
        OUTBOX_TEST(pieces_that_are_prepared_need_no_memory),
        OUTBOX_TEST(rewinding_drops_what_was_added_after_the_mark),
        OUTBOX_TEST(an_outbox_that_is_emptied_each_time_allocates_once),
        OUTBOX_TEST(moving_shares_large_values_and_copies_small_bytes),
        OUTBOX_TEST(moving_copies_bytes_that_the_source_will_overwrite),
        OUTBOX_TEST(moving_more_than_the_limit_leaves_the_source_unchanged),
        OUTBOX_TEST(bytes_that_are_refused_memory_are_not_added),
        OUTBOX_TEST(bytes_stay_in_order_through_random_operations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
