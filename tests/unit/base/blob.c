#include "base/blob.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

/* Filled with 0, 1, 2, … */
static struct blob *make_blob(struct fixture *f, size_t capacity)
{
    struct blob *blob = blob_new(&f->memory, capacity);

    assert_non_null(blob);
    for (size_t i = 0; i < capacity; i++)
        blob->bytes[i] = (uint8_t)i;
    return blob;
}

static int keep_part(
    struct memory *memory, struct blob *blob, size_t offset, size_t len, struct slice *ret_kept)
{
    struct slice part = {.span = span_of(blob->bytes + offset, len), .blob = blob};

    return blob_keep(memory, &part, ret_kept);
}

static void releasing_the_last_share_frees_the_blob(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 10);

    assert_ptr_equal(blob_retain(blob), blob);
    blob_release(blob);
    assert_int_equal(f->allocator.blocks, 1);
    blob_release(blob);
    assert_int_equal(f->allocator.blocks, 0);
}

static void releasing_null_does_nothing(void **state)
{
    (void)state;
    blob_release(NULL);
}

static void a_blob_of_zero_bytes_can_be_made_and_released(void **state)
{
    struct blob *blob = make_blob(*state, 0);

    assert_int_equal(blob->capacity, 0);
    blob_release(blob);
}

static void resizing_keeps_the_bytes(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = blob_resize(make_blob(f, 100), 10000);

    assert_non_null(blob);
    assert_int_equal(blob->capacity, 10000);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(blob->bytes[i], i);
    allocator_check(&f->allocator, &f->memory);
    blob = blob_resize(blob, 50);
    assert_non_null(blob);
    assert_int_equal(blob->bytes[49], 49);
    allocator_check(&f->allocator, &f->memory);
    blob_release(blob);
}

static void a_refused_resize_leaves_the_blob_unchanged(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 100);

    allocator_refuse(&f->allocator, 1);
    assert_null(blob_resize(blob, 200));
    assert_int_equal(blob->capacity, 100);
    assert_int_equal(blob->bytes[99], 99);
    blob_release(blob);
}

static void sizes_that_would_overflow_are_refused(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 1);

    assert_null(blob_new(&f->memory, SIZE_MAX));
    assert_null(blob_resize(blob, SIZE_MAX));
    blob_release(blob);
}

static void keeping_bytes_that_fill_their_blob_shares_it(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 10000);
    struct slice kept;

    assert_int_equal(keep_part(&f->memory, blob, 2000, 8000, &kept), 0);
    assert_ptr_equal(kept.blob, blob);
    assert_ptr_equal(kept.span.bytes, blob->bytes + 2000);
    assert_int_equal(kept.span.len, 8000);
    assert_int_equal(blob->owners, 2);
    blob_release(kept.blob);
    blob_release(blob);
}

static void keeping_a_small_part_of_a_blob_copies_it(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 10000);
    struct slice kept;

    assert_int_equal(keep_part(&f->memory, blob, 100, 5000, &kept), 0);
    assert_ptr_not_equal(kept.blob, blob);
    assert_ptr_equal(kept.span.bytes, kept.blob->bytes);
    assert_spans_equal(kept.span, span_of(blob->bytes + 100, 5000));
    assert_int_equal(blob->owners, 1);
    blob_release(kept.blob);
    blob_release(blob);
}

static void keeping_bytes_of_another_memory_copies_them(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = make_blob(f, 10000);
    struct memory other;
    struct slice kept = {.span = text("untouched")};

    memory_share(&other, &f->memory, f->memory.used);
    assert_int_equal(keep_part(&other, blob, 0, 10000, &kept), TCPSTORE_ENOMEM);
    assert_span_is(kept.span, "untouched");
    other.limit = SIZE_MAX / 4;
    assert_int_equal(keep_part(&other, blob, 0, 10000, &kept), 0);
    assert_ptr_equal(kept.blob->memory, &other);
    assert_spans_equal(kept.span, span_of(blob->bytes, 10000));
    blob_release(kept.blob);
    blob_release(blob);
}

static void keeping_borrowed_bytes_copies_them(void **state)
{
    struct fixture *f = *state;
    struct slice kept;

    assert_int_equal(
        blob_keep(&f->memory, &(struct slice){.span = text("borrowed")}, &kept), 0);
    assert_span_is(kept.span, "borrowed");
    assert_ptr_equal(kept.span.bytes, kept.blob->bytes);
    blob_release(kept.blob);
}

static void keeping_zero_bytes_makes_an_empty_blob(void **state)
{
    struct fixture *f = *state;
    struct slice kept;

    assert_int_equal(
        blob_keep(&f->memory, &(struct slice){.span = span_of(NULL, 0)}, &kept), 0);
    assert_int_equal(kept.span.len, 0);
    blob_release(kept.blob);
}

static void a_refused_copy_leaves_the_result_untouched(void **state)
{
    struct fixture *f = *state;
    struct slice kept = {.span = text("untouched")};

    allocator_refuse(&f->allocator, 1);
    assert_int_equal(
        blob_keep(&f->memory, &(struct slice){.span = text("borrowed")}, &kept),
        TCPSTORE_ENOMEM);
    assert_span_is(kept.span, "untouched");
    assert_null(kept.blob);
}

#define BLOB_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOB_TEST(releasing_the_last_share_frees_the_blob),
        BLOB_TEST(releasing_null_does_nothing),
        BLOB_TEST(a_blob_of_zero_bytes_can_be_made_and_released),
        BLOB_TEST(resizing_keeps_the_bytes),
        BLOB_TEST(a_refused_resize_leaves_the_blob_unchanged),
        BLOB_TEST(sizes_that_would_overflow_are_refused),
        BLOB_TEST(keeping_bytes_that_fill_their_blob_shares_it),
        BLOB_TEST(keeping_a_small_part_of_a_blob_copies_it),
        BLOB_TEST(keeping_bytes_of_another_memory_copies_them),
        BLOB_TEST(keeping_borrowed_bytes_copies_them),
        BLOB_TEST(keeping_zero_bytes_makes_an_empty_blob),
        BLOB_TEST(a_refused_copy_leaves_the_result_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
