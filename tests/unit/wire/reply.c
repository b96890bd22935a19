#include "wire/reply.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/outbox_reader.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct outbox outbox;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    outbox_init(&fixture.outbox, &fixture.memory, 4096, SIZE_MAX);
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

static void a_status_is_one_byte(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_status(&f->outbox, WIRE_READY), 0);
    assert_int_equal(reply_status(&f->outbox, WIRE_NOT_READY), 0);
    assert_int_equal(reply_status(&f->outbox, WIRE_STOP_WAITING), 0);
    assert_int_equal(reply_status(&f->outbox, WIRE_WAIT_CANCELED), 0);
    outbox_expect(&f->outbox, span_of("\0\1\0\1", 4));
}

static void a_nonce_is_four_bytes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_nonce(&f->outbox, 0x84030201), 0);
    outbox_expect(&f->outbox, span_of("\x01\x02\x03\x84", 4));
}

static void a_number_is_eight_bytes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_number(&f->outbox, -2), 0);
    assert_int_equal(reply_number(&f->outbox, 0x0102), 0);
    outbox_expect(&f->outbox, span_of("\xfe\xff\xff\xff\xff\xff\xff\xff\2\1\0\0\0\0\0\0", 16));
}

static void a_blob_follows_its_length(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_blob(&f->outbox, &(struct slice){.span = text("abc")}), 0);
    outbox_expect(&f->outbox, span_of("\3\0\0\0\0\0\0\0abc", 11));
}

static void a_missing_value_is_an_empty_blob(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_blob(&f->outbox, &(struct slice){0}), 0);
    outbox_expect(&f->outbox, span_of("\0\0\0\0\0\0\0\0", 8));
}

static void a_key_follows_its_length(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(reply_key(&f->outbox, span_of("\0k", 2)), 0);
    outbox_expect(&f->outbox, span_of("\2\0\0\0\0\0\0\0\0k", 10));
}

static void a_large_value_is_not_copied(void **state)
{
    struct fixture *f = *state;
    struct blob *blob = blob_new(&f->memory, 100000);
    struct span views[2];

    assert_non_null(blob);
    assert_int_equal(
        reply_blob(
            &f->outbox, &(struct slice){.span = span_of(blob->bytes, 100000), .blob = blob}),
        0);
    blob_release(blob);
    assert_int_equal(outbox_peek(&f->outbox, views, 2), 2);
    assert_int_equal(views[0].len, 8);
    assert_ptr_equal(views[1].bytes, blob->bytes);
}

static void a_reply_returns_the_error_of_the_outbox(void **state)
{
    struct fixture *f = *state;

    f->outbox.limit = 10;
    assert_int_equal(
        reply_blob(&f->outbox, &(struct slice){.span = text("abc")}), TCPSTORE_EOUTPUT);
    assert_int_equal(f->outbox.bytes, 0);
    assert_int_equal(reply_number(&f->outbox, 1), 0);
    assert_int_equal(reply_number(&f->outbox, 1), TCPSTORE_EOUTPUT);
    outbox_done(&f->outbox);
    allocator_refuse_all(&f->allocator);
    assert_int_equal(reply_status(&f->outbox, WIRE_READY), TCPSTORE_ENOMEM);
    assert_int_equal(reply_nonce(&f->outbox, 1), TCPSTORE_ENOMEM);
    assert_int_equal(reply_number(&f->outbox, 1), TCPSTORE_ENOMEM);
    assert_int_equal(reply_blob(&f->outbox, &(struct slice){0}), TCPSTORE_ENOMEM);
}

#define REPLY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLY_TEST(a_status_is_one_byte),
        REPLY_TEST(a_nonce_is_four_bytes),
        REPLY_TEST(a_number_is_eight_bytes),
        REPLY_TEST(a_blob_follows_its_length),
        REPLY_TEST(a_missing_value_is_an_empty_blob),
        REPLY_TEST(a_key_follows_its_length),
        REPLY_TEST(a_large_value_is_not_copied),
        REPLY_TEST(a_reply_returns_the_error_of_the_outbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
