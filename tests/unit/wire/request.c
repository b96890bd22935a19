/* The fields that scan_request reads from a complete request. */
#include "wire/request.h"

#include "support/requests.h"
#include "support/test.h"
#include "wire/scan.h"

static struct request read_request(const struct buffer *buffer)
{
    static const struct wire_limits limits = {
        .key_bytes = 100, .value_bytes = 100, .keys_per_request = 100};
    struct request request = {0};
    struct scan scan = {0};
    struct refusal refusal;

    assert_int_equal(
        scan_request(&scan, &limits, buffer_span(buffer), &request, &refusal), SCAN_WHOLE);
    return request;
}

/* Scans the example of that operation. Its bytes stay in `buffer`, for the caller to free. */
static struct request read_example(struct buffer *buffer, enum operation operation)
{
    struct request request;

    add_example(buffer, operation);
    request = read_request(buffer);
    assert_int_equal(request.opcode, operation);
    return request;
}

static void words_are_read(void **state)
{
    const enum operation operations[] = {OP_VALIDATE, OP_PING};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buffer buffer = {0};

        assert_int_equal(read_example(&buffer, operations[i]).word, MAGIC);
        buffer_free(&buffer);
    }
}

static void keys_are_read(void **state)
{
    const enum operation operations[] = {OP_GET, OP_DELETE_KEY, OP_QUEUE_POP, OP_QUEUE_LEN,
                                         OP_SET, OP_APPEND,     OP_QUEUE_PUSH};

    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        struct buffer buffer = {0};

        assert_span_is(read_example(&buffer, operations[i]).key, "key");
        buffer_free(&buffer);
    }
}

static void values_are_read(void **state)
{
    const enum operation operations[] = {OP_SET, OP_APPEND, OP_QUEUE_PUSH};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct buffer buffer = {0};

        assert_span_is(read_example(&buffer, operations[i]).value.span, "a value");
        buffer_free(&buffer);
    }
}

static void numbers_are_read_with_their_sign(void **state)
{
    const enum operation operations[] = {OP_ADD, OP_BARRIER};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buffer buffer = {0};
        struct request request = read_example(&buffer, operations[i]);

        assert_span_is(request.key, "counter");
        assert_true(request.number == -2);
        buffer_free(&buffer);
    }
}

static void compare_set_has_expected_before_desired(void **state)
{
    struct buffer buffer = {0};
    struct request request = read_example(&buffer, OP_COMPARE_SET);

    (void)state;
    assert_span_is(request.key, "key");
    assert_span_is(request.expected, "old");
    assert_span_is(request.value.span, "newer");
    buffer_free(&buffer);
}

static void keys_are_taken_in_order(void **state)
{
    const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct buffer buffer = {0};
        struct request_items items = read_example(&buffer, operations[i]).items;

        assert_int_equal(items.left, 3);
        assert_span_is(request_next_key(&items), "one");
        assert_span_is(request_next_key(&items), "two");
        assert_span_is(request_next_key(&items), "three");
        assert_int_equal(items.left, 0);
        buffer_free(&buffer);
    }
}

static void pairs_are_taken_in_order(void **state)
{
    static const char *const expected[][2] = {{"one", "1"}, {"two", "22"}, {"three", "333"}};
    struct buffer buffer = {0};
    struct request_items items = read_example(&buffer, OP_MULTI_SET).items;

    (void)state;
    assert_int_equal(items.left, 3);
    for (size_t i = 0; i < 3; i++) {
        struct span key, value;

        request_next_pair(&items, &key, &value);
        assert_span_is(key, expected[i][0]);
        assert_span_is(value, expected[i][1]);
    }
    assert_int_equal(items.left, 0);
    buffer_free(&buffer);
}

static void spans_point_into_the_request(void **state)
{
    struct buffer buffer = {0};
    struct request request = read_example(&buffer, OP_SET);

    (void)state;
    assert_ptr_equal(request.key.bytes, buffer.bytes + 1 + 8);
    assert_ptr_equal(request.value.span.bytes, buffer.bytes + 1 + 8 + 3 + 8);
    buffer_free(&buffer);
}

static void keys_and_values_can_be_empty_or_hold_any_byte(void **state)
{
    struct buffer buffer = {0};
    struct request request;

    (void)state;
    buffer_add_u8(&buffer, OP_SET);
    buffer_add_sized(&buffer, span_of("\0k\xff", 3));
    buffer_add_sized(&buffer, span_of(NULL, 0));
    request = read_request(&buffer);
    assert_spans_equal(request.key, span_of("\0k\xff", 3));
    assert_int_equal(request.value.span.len, 0);
    buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read),
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(numbers_are_read_with_their_sign),
        cmocka_unit_test(compare_set_has_expected_before_desired),
        cmocka_unit_test(keys_are_taken_in_order),
        cmocka_unit_test(pairs_are_taken_in_order),
        cmocka_unit_test(spans_point_into_the_request),
        cmocka_unit_test(keys_and_values_can_be_empty_or_hold_any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
