/* The fields of requests, whole and cut. */
#include "record/parts.h"
#include "support/requests.h"
#include "support/test.h"
#include "wire/scan.h"

static struct buffer bytes;

static int clear(void **state)
{
    (void)state;
    buffer_free(&bytes);
    bytes = (struct buffer){0};
    return 0;
}

static size_t scanned_len(struct span request)
{
    const struct wire_limits limits = {SIZE_MAX / 4, SIZE_MAX / 4, SIZE_MAX / 64};
    struct scan scan = {0};
    struct request scanned;
    struct refusal refusal;

    assert_int_equal(SCAN_WHOLE, scan_request(&scan, &limits, request, &scanned, &refusal));
    return scanned.len;
}

static void a_whole_request_is_as_long_as_for_the_scan(void **state)
{
    (void)state;
    for (int operation = 0; operation < OP_COUNT; operation++) {
        buffer_clear(&bytes);
        add_example(&bytes, (enum operation)operation);
        assert_int_equal(scanned_len(buffer_span(&bytes)), bytes.len);
        buffer_add(&bytes, text("next"));
        assert_int_equal(parts_request_len(buffer_span(&bytes)), bytes.len - 4);
    }
}

static void a_request_cut_anywhere_is_not_whole(void **state)
{
    (void)state;
    for (int operation = 0; operation < OP_COUNT; operation++) {
        buffer_clear(&bytes);
        add_example(&bytes, (enum operation)operation);
        for (size_t len = 0; len < bytes.len; len++)
            assert_int_equal(parts_request_len(span_of(bytes.bytes, len)), 0);
    }
}

static void the_parts_are_the_fields_in_order(void **state)
{
    struct parts parts;
    struct part part;

    (void)state;
    add_multi_set(&bytes, "k1 v1 key2 value2");
    parts = parts_of(buffer_span(&bytes));
    assert_true(parts_next(&parts, &part));
    assert_int_equal(part.field, WIRE_KEY);
    assert_span_is(part.here, "k1");
    assert_true(parts_next(&parts, &part));
    assert_int_equal(part.field, WIRE_BLOB);
    assert_span_is(part.here, "v1");
    assert_true(parts_next(&parts, &part));
    assert_span_is(part.here, "key2");
    assert_true(parts_next(&parts, &part));
    assert_span_is(part.here, "value2");
    assert_false(parts_next(&parts, &part));
    assert_false(parts.is_cut);
}

static void a_key_cut_in_the_middle_has_its_whole_length(void **state)
{
    struct parts parts;
    struct part part;

    (void)state;
    add_keyed(&bytes, OP_GET, "key");
    parts = parts_of(span_of(bytes.bytes, bytes.len - 1));
    assert_true(parts_next(&parts, &part));
    assert_int_equal(part.len, 3);
    assert_span_is(part.here, "ke");
    assert_false(parts_next(&parts, &part));
    assert_true(parts.is_cut);
}

static void an_unknown_operation_has_no_parts(void **state)
{
    struct parts parts = parts_of(text("\xff...."));
    struct part part;

    (void)state;
    assert_false(parts_next(&parts, &part));
    assert_true(parts.is_cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_whole_request_is_as_long_as_for_the_scan, clear),
        cmocka_unit_test_teardown(a_request_cut_anywhere_is_not_whole, clear),
        cmocka_unit_test_teardown(the_parts_are_the_fields_in_order, clear),
        cmocka_unit_test_teardown(a_key_cut_in_the_middle_has_its_whole_length, clear),
        cmocka_unit_test(an_unknown_operation_has_no_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
