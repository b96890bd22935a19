#include "wire/scan.h"

#include <stdlib.h>

#include <tcpstore/error.h>

#include "support/requests.h"
#include "support/test.h"
#include "wire/opcode.h"

static const struct wire_limits limits = {
    .key_bytes = 10, .value_bytes = 20, .keys_per_request = 5};

static const struct wire_limits no_limits = {
    .key_bytes = SIZE_MAX / 4, .value_bytes = SIZE_MAX / 4, .keys_per_request = UINT32_MAX};

static enum scan_verdict scan_buffer(struct scan *scan, const struct buffer *buffer, size_t len)
{
    struct request request;
    struct refusal refusal;

    return scan_request(scan, &limits, span_of(buffer->bytes, len), &request, &refusal);
}

/* The first `len` bytes contain a whole request of `request_len` bytes. */
static void assert_whole(
    struct scan *scan, const struct buffer *buffer, size_t len, size_t request_len)
{
    struct request request;
    struct refusal refusal;

    assert_int_equal(
        scan_request(scan, &limits, span_of(buffer->bytes, len), &request, &refusal),
        SCAN_WHOLE);
    assert_int_equal(request.len, request_len);
    assert_int_equal(request.opcode, buffer->bytes[0]);
}

static void an_empty_scan_needs_one_byte(void **state)
{
    struct scan scan = {0};
    struct buffer nothing = {0};

    (void)state;
    assert_int_equal(scan_buffer(&scan, &nothing, 0), SCAN_MORE);
    assert_int_equal(scan.need, 1);
}

static void any_whole_request_is_recognised(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        struct scan scan = {0};
        struct buffer buffer = {0};

        add_example(&buffer, operation);
        assert_whole(&scan, &buffer, buffer.len, buffer.len);
        buffer_free(&buffer);
    }
}

static void bytes_after_a_request_are_ignored(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        struct scan scan = {0};
        struct buffer buffer = {0};
        size_t len;

        add_example(&buffer, operation);
        len = buffer.len;
        buffer_add(&buffer, text("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
        assert_whole(&scan, &buffer, buffer.len, len);
        buffer_free(&buffer);
    }
}

/* Cuts each request once, at each byte. */
static void any_request_can_be_cut_at_any_byte(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        struct buffer buffer = {0};

        add_example(&buffer, operation);
        for (size_t cut = 0; cut < buffer.len; cut++) {
            struct scan scan = {0};

            assert_int_equal(scan_buffer(&scan, &buffer, cut), SCAN_MORE);
            assert_in_range(scan.need, cut + 1, buffer.len);
            assert_whole(&scan, &buffer, buffer.len, buffer.len);
        }
        buffer_free(&buffer);
    }
}

static void any_request_can_arrive_byte_by_byte(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        struct scan scan = {0};
        struct buffer buffer = {0};

        add_example(&buffer, operation);
        for (size_t len = 0; len < buffer.len; len++) {
            assert_int_equal(scan_buffer(&scan, &buffer, len), SCAN_MORE);
            assert_in_range(scan.need, len + 1, buffer.len);
        }
        assert_whole(&scan, &buffer, buffer.len, buffer.len);
        buffer_free(&buffer);
    }
}

/* Each step adds exactly the bytes that the scan needs. */
static void giving_the_needed_bytes_completes_any_request(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        struct scan scan = {0};
        struct buffer buffer = {0};
        size_t len = 0;

        add_example(&buffer, operation);
        while (scan_buffer(&scan, &buffer, len) == SCAN_MORE)
            len = scan.need;
        assert_int_equal(len, buffer.len);
        buffer_free(&buffer);
    }
}

/* Bytes of scanned items are overwritten, which a second reading would notice. */
static void a_scanned_item_is_not_read_again(void **state)
{
    const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET, OP_MULTI_SET};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct scan scan = {0};
        struct buffer buffer = {0};

        add_example(&buffer, operations[i]);
        for (size_t len = 1; len < buffer.len; len++) {
            assert_int_equal(scan_buffer(&scan, &buffer, len), SCAN_MORE);
            if (scan.at > WIRE_COUNTED_HEAD)
                memset(buffer.bytes + WIRE_COUNTED_HEAD, 0xff, scan.at - WIRE_COUNTED_HEAD);
        }
        assert_true(scan.at > WIRE_COUNTED_HEAD);
        assert_whole(&scan, &buffer, buffer.len, buffer.len);
        buffer_free(&buffer);
    }
}

static void need_includes_a_value_as_soon_as_its_length_arrives(void **state)
{
    struct scan scan = {0};
    struct buffer buffer = {0};

    (void)state;
    add_valued(&buffer, OP_SET, "key", text("12345678901234567890"));
    assert_int_equal(scan_buffer(&scan, &buffer, 1 + 8 + 3 + 8), SCAN_MORE);
    assert_int_equal(scan.need, buffer.len);
    buffer_free(&buffer);
}

static void need_includes_all_items_as_soon_as_their_count_arrives(void **state)
{
    struct scan scan = {0};
    struct buffer buffer = {0};

    (void)state;
    buffer_add_u8(&buffer, OP_MULTI_SET);
    buffer_add_u64(&buffer, 5);
    assert_int_equal(scan_buffer(&scan, &buffer, buffer.len), SCAN_MORE);
    assert_int_equal(scan.need, 1 + 8 + 5 * (8 + 8));
    buffer_free(&buffer);
}

static void a_request_of_zero_keys_is_whole_after_its_count(void **state)
{
    const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET, OP_MULTI_SET};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct scan scan = {0};
        struct buffer buffer = {0};

        buffer_add_u8(&buffer, (uint8_t)operations[i]);
        buffer_add_u64(&buffer, 0);
        assert_whole(&scan, &buffer, buffer.len, 9);
        buffer_free(&buffer);
    }
}

/* The request is refused at its last byte, not before, and the refusal has `key`. Frees
 * `buffer`. */
static void assert_refused_at_its_end(
    struct buffer *buffer, int code, const char *key, uint64_t actual, uint64_t limit)
{
    struct scan scan = {0};
    struct request request;
    struct refusal refusal = {0};

    assert_int_equal(scan_buffer(&scan, buffer, buffer->len - 1), SCAN_MORE);
    assert_int_equal(
        scan_request(&scan, &limits, buffer_span(buffer), &request, &refusal), SCAN_BAD);
    assert_int_equal(refusal.code, code);
    assert_true(refusal.actual == actual);
    assert_true(refusal.limit == limit);
    assert_span_is(refusal.key, key);
    assert_string_equal(refusal.operation, wire_opcode_name(buffer->bytes[0]));
    buffer_free(buffer);
}

static const uint64_t too_long[] = {0, 1, 0x100, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX};

enum { TOO_LONG_COUNT = sizeof(too_long) / sizeof(too_long[0]) };

/* One more than the limit, then much more. */
static uint64_t beyond(uint64_t limit, size_t i)
{
    return i == 0 ? limit + 1 : too_long[i] > limit ? too_long[i] : limit + 2;
}

static void a_key_that_is_too_long_is_refused_at_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < TOO_LONG_COUNT; i++) {
        struct buffer buffer = {0};
        uint64_t len = beyond(limits.key_bytes, i);

        buffer_add_u8(&buffer, OP_GET);
        buffer_add_u64(&buffer, len);
        assert_refused_at_its_end(&buffer, TCPSTORE_EKEYSIZE, "", len, limits.key_bytes);
    }
}

static void a_value_that_is_too_long_is_refused_at_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < TOO_LONG_COUNT; i++) {
        struct buffer buffer = {0};
        uint64_t len = beyond(limits.value_bytes, i);

        add_keyed(&buffer, OP_SET, "key");
        buffer_add_u64(&buffer, len);
        assert_refused_at_its_end(&buffer, TCPSTORE_EVALUESIZE, "key", len, limits.value_bytes);
    }
}

static void a_second_value_that_is_too_long_is_refused(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    add_valued(&buffer, OP_COMPARE_SET, "key", text("expected"));
    buffer_add_u64(&buffer, 21);
    assert_refused_at_its_end(&buffer, TCPSTORE_EVALUESIZE, "key", 21, 20);
}

static void a_later_key_that_is_too_long_is_refused(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_add_u8(&buffer, OP_MULTI_SET);
    buffer_add_u64(&buffer, 2);
    buffer_add_sized(&buffer, text("key"));
    buffer_add_sized(&buffer, text("value"));
    buffer_add_u64(&buffer, 11);
    assert_refused_at_its_end(&buffer, TCPSTORE_EKEYSIZE, "", 11, 10);
}

static void a_later_value_that_is_too_long_is_refused_with_its_key(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    buffer_add_u8(&buffer, OP_MULTI_SET);
    buffer_add_u64(&buffer, 2);
    buffer_add_sized(&buffer, text("first"));
    buffer_add_sized(&buffer, text("value"));
    buffer_add_sized(&buffer, text("second"));
    buffer_add_u64(&buffer, 21);
    assert_refused_at_its_end(&buffer, TCPSTORE_EVALUESIZE, "second", 21, 20);
}

static void too_many_keys_are_refused_at_their_count(void **state)
{
    const enum operation operations[] = {OP_CHECK, OP_WAIT, OP_MULTI_GET, OP_MULTI_SET};

    (void)state;
    for (size_t i = 0; i < (size_t)4 * TOO_LONG_COUNT; i++) {
        struct buffer buffer = {0};
        uint64_t count = beyond(limits.keys_per_request, i / 4);

        buffer_add_u8(&buffer, (uint8_t)operations[i % 4]);
        buffer_add_u64(&buffer, count);
        assert_refused_at_its_end(
            &buffer, TCPSTORE_EKEYCOUNT, "", count, limits.keys_per_request);
    }
}

static void sizes_equal_to_the_limits_are_accepted(void **state)
{
    struct scan scan = {0};
    struct buffer buffer = {0};

    (void)state;
    buffer_add_u8(&buffer, OP_MULTI_SET);
    buffer_add_u64(&buffer, 5);
    for (int i = 0; i < 5; i++) {
        buffer_add_sized(&buffer, text("1234567890"));
        buffer_add_sized(&buffer, text("12345678901234567890"));
    }
    assert_whole(&scan, &buffer, buffer.len, buffer.len);
    buffer_free(&buffer);
}

static void an_unknown_operation_is_refused_at_its_first_byte(void **state)
{
    (void)state;
    for (int byte = OP_COUNT; byte < 256; byte++) {
        struct scan scan = {0};
        struct request request;
        struct refusal refusal = {0};
        uint8_t opcode = (uint8_t)byte;

        assert_int_equal(
            scan_request(&scan, &limits, span_of(&opcode, 1), &request, &refusal), SCAN_BAD);
        assert_int_equal(refusal.code, TCPSTORE_EOPCODE);
        assert_int_equal(refusal.actual, byte);
        assert_int_equal(refusal.limit, 0);
        assert_string_equal(refusal.operation, "unknown");
    }
}

/* Each try has its own block, so that the sanitizers see any access outside it. */
static void scanning_random_bytes_stays_inside_them(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int try = 0; try < 20000; try++) {
        size_t len = 1 + (size_t)try % 40;
        uint8_t *bytes = malloc(len);
        struct scan scan = {0};
        struct request request;
        struct refusal refusal;
        enum scan_verdict verdict;

        assert_non_null(bytes);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (seed >> 16) % 3 == 0 ? (uint8_t)(seed >> 20) % 20 : 0;
        }
        verdict = scan_request(&scan, &no_limits, span_of(bytes, len), &request, &refusal);
        if (verdict == SCAN_WHOLE)
            assert_in_range(request.len, 1, len);
        else if (verdict == SCAN_MORE)
            assert_true(scan.need > len);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_scan_needs_one_byte),
        cmocka_unit_test(any_whole_request_is_recognised),
        cmocka_unit_test(bytes_after_a_request_are_ignored),
        cmocka_unit_test(any_request_can_be_cut_at_any_byte),
        cmocka_unit_test(any_request_can_arrive_byte_by_byte),
        cmocka_unit_test(giving_the_needed_bytes_completes_any_request),
        cmocka_unit_test(a_scanned_item_is_not_read_again),
        cmocka_unit_test(need_includes_a_value_as_soon_as_its_length_arrives),
        cmocka_unit_test(need_includes_all_items_as_soon_as_their_count_arrives),
        cmocka_unit_test(a_request_of_zero_keys_is_whole_after_its_count),
        cmocka_unit_test(a_key_that_is_too_long_is_refused_at_its_length),
        cmocka_unit_test(a_value_that_is_too_long_is_refused_at_its_length),
        cmocka_unit_test(a_second_value_that_is_too_long_is_refused),
        cmocka_unit_test(a_later_key_that_is_too_long_is_refused),
        cmocka_unit_test(a_later_value_that_is_too_long_is_refused_with_its_key),
        cmocka_unit_test(too_many_keys_are_refused_at_their_count),
        cmocka_unit_test(sizes_equal_to_the_limits_are_accepted),
        cmocka_unit_test(an_unknown_operation_is_refused_at_its_first_byte),
        cmocka_unit_test(scanning_random_bytes_stays_inside_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
