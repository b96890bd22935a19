/* Encoded requests are read back by scan_request and compared with docs/PROTOCOL.md. */
#include "wire/encode.h"

#include "support/test.h"
#include "wire/request.h"
#include "wire/scan.h"

static const struct wire_limits limits = {
    .key_bytes = 64, .value_bytes = 64, .keys_per_request = 8};

static struct request read_back(struct span bytes)
{
    struct scan scan = {0};
    struct request request;
    struct refusal refusal;

    assert_int_equal(scan_request(&scan, &limits, bytes, &request, &refusal), SCAN_WHOLE);
    assert_int_equal(request.len, bytes.len);
    return request;
}

static struct span encode_into(const struct encode *encode, uint8_t *bytes)
{
    const uint8_t *end = encode_request(encode, bytes);

    assert_int_equal(end - bytes, encode_size(encode));
    return span_of(bytes, (size_t)(end - bytes));
}

static void encoding_any_operation_can_be_scanned(void **state)
{
    struct span keys[] = {text("one"), text(""), text("three")};
    struct span values[] = {text("first"), text("second value"), text("")};

    (void)state;
    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        struct encode encode = {
            .opcode = opcode,
            .word = 7,
            .number = -9,
            .keys = keys,
            .values = values,
            .count = 3};
        uint8_t bytes[256];
        struct span encoded = encode_into(&encode, bytes);

        assert_int_equal(read_back(encoded).opcode, opcode);
    }
}

static void encoding_keeps_the_values_of_fields(void **state)
{
    struct span key = text("key");
    struct span values[] = {text("expected"), text("desired")};
    struct encode compare_set = {.opcode = WIRE_COMPARE_SET, .keys = &key, .values = values};
    struct encode add = {.opcode = WIRE_ADD, .keys = &key, .number = -2};
    struct encode ping = {.opcode = WIRE_PING, .word = 0x01020304};
    uint8_t bytes[256];
    struct request request;

    (void)state;
    request = read_back(encode_into(&compare_set, bytes));
    assert_spans_equal(request.key, key);
    assert_spans_equal(request.expected, values[0]);
    assert_spans_equal(request.value.span, values[1]);
    request = read_back(encode_into(&add, bytes));
    assert_int_equal(request.number, -2);
    request = read_back(encode_into(&ping, bytes));
    assert_int_equal(request.word, 0x01020304);
}

static void encoding_keeps_the_order_of_pairs(void **state)
{
    struct span keys[] = {text("a"), text("bb")};
    struct span values[] = {text("1"), text("")};
    struct encode encode = {
        .opcode = WIRE_MULTI_SET, .keys = keys, .values = values, .count = 2};
    uint8_t bytes[256];
    struct request request;
    struct span key, value;

    (void)state;
    request = read_back(encode_into(&encode, bytes));
    assert_int_equal(request.items.left, 2);
    for (size_t i = 0; i < 2; i++) {
        request_next_pair(&request.items, &key, &value);
        assert_spans_equal(key, keys[i]);
        assert_spans_equal(value, values[i]);
    }
}

static void encoding_writes_the_bytes_of_the_protocol(void **state)
{
    static const uint8_t validate[] = {0, 0xCE, 0xF7, 0x85, 0x3C};
    static const uint8_t wait[] = {6, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'k'};
    struct span key = text("k");
    uint8_t bytes[64];

    (void)state;
    assert_spans_equal(
        encode_into(
            &(struct encode){.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC}, bytes),
        span_of(validate, sizeof(validate)));
    assert_spans_equal(
        encode_into(&(struct encode){.opcode = WIRE_WAIT, .keys = &key, .count = 1}, bytes),
        span_of(wait, sizeof(wait)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_any_operation_can_be_scanned),
        cmocka_unit_test(encoding_keeps_the_values_of_fields),
        cmocka_unit_test(encoding_keeps_the_order_of_pairs),
        cmocka_unit_test(encoding_writes_the_bytes_of_the_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
