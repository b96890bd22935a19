/* Compares with strtoll: see base/decimal.h. */
#include "base/decimal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <tcpstore/error.h>

#include "support/test.h"

static void assert_read_as_by_strtoll(const char *string)
{
    char *end;
    long long expected;
    int64_t number = 4711;
    int code = decimal_parse(text(string), &number);

    errno = 0;
    expected = strtoll(string, &end, 10);
    if (end == string)
        assert_int_equal(code, TCPSTORE_ENOTANUMBER);
    else if (errno == ERANGE)
        assert_int_equal(code, TCPSTORE_ERANGE);
    else
        assert_int_equal(code, 0);
    assert_true(number == (code == 0 ? expected : 4711));
}

static void texts_are_parsed_as_strtoll_does(void **state)
{
    static const char *const texts[] = {
        "0",
        "7",
        "-7",
        "+7",
        "007",
        "-0",
        "123456789012",
        " 5",
        "\t\n\v\f\r 5",
        "  -5",
        "5 ",
        "5x",
        "5.9",
        "0x10",
        "1e3",
        "",
        " ",
        "-",
        "+",
        "- 5",
        "+-",
        "--",
        "x5",
        "\x1f",
        "\0165",
        "5\x80",
        "\2405",
        "1_000",
        "9a9",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_read_as_by_strtoll(texts[i]);
}

static void parsing_has_the_range_of_strtoll(void **state)
{
    static const char *const texts[] = {
        "9223372036854775806",  "9223372036854775807",           "9223372036854775808",
        "9223372036854775810",  "-9223372036854775807",          "-9223372036854775808",
        "-9223372036854775809", "-9223372036854775810",          "18446744073709551616",
        "99999999999999999999", "00000000000000000000000000012",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_read_as_by_strtoll(texts[i]);
}

static void any_byte_before_or_after_a_digit_is_parsed_as_strtoll_does(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        char before[] = {(char)byte, '5', '\0'};
        char after[] = {'5', (char)byte, '\0'};

        assert_read_as_by_strtoll(before);
        assert_read_as_by_strtoll(after);
    }
}

static void parsing_stops_at_a_null_byte_and_at_the_end_of_the_span(void **state)
{
    int64_t number;

    (void)state;
    assert_int_equal(
        decimal_parse(
            span_of(
                "12\0"
                "34",
                5),
            &number),
        0);
    assert_int_equal(number, 12);
    assert_int_equal(decimal_parse(span_of("1234", 2), &number), 0);
    assert_int_equal(number, 12);
    assert_int_equal(decimal_parse(span_of("-5", 1), &number), TCPSTORE_ENOTANUMBER);
}

/* Parses spaces, zeros and the rest of the text. */
static int parse_long(size_t spaces, size_t zeros, const char *rest)
{
    uint8_t bytes[200];
    size_t len = spaces + zeros + strlen(rest);
    int64_t number;

    assert_true(len <= sizeof(bytes));
    memset(bytes, ' ', spaces);
    memset(bytes + spaces, '0', zeros);
    span_copy(bytes + spaces + zeros, text(rest));
    return decimal_parse(span_of(bytes, len), &number);
}

static void a_number_must_end_within_64_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse_long(63, 0, "5"), 0);
    assert_int_equal(parse_long(62, 0, "5 apples"), 0);
    assert_int_equal(parse_long(0, 63, "5"), 0);
    assert_int_equal(parse_long(0, 63, " and more text"), 0);
    assert_int_equal(parse_long(63, 0, "5 "), TCPSTORE_ENOTANUMBER);
    assert_int_equal(parse_long(63, 0, "55"), TCPSTORE_ENOTANUMBER);
    assert_int_equal(parse_long(63, 0, "-5"), TCPSTORE_ENOTANUMBER);
    assert_int_equal(parse_long(64, 0, "5"), TCPSTORE_ENOTANUMBER);
    assert_int_equal(parse_long(0, 64, "5"), TCPSTORE_ENOTANUMBER);
    assert_int_equal(parse_long(100, 0, ""), TCPSTORE_ENOTANUMBER);
}

static void numbers_are_formatted_as_printf_does(void **state)
{
    static const int64_t numbers[] = {0,  1,   -1,         9,         10,        -10,
                                      99, 100, 1234567890, INT64_MAX, INT64_MIN, INT64_MIN + 1};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t written[DECIMAL_MAX];
        char expected[32];

        snprintf(expected, sizeof(expected), "%" PRId64, numbers[i]);
        assert_span_is(span_of(written, decimal_format(numbers[i], written)), expected);
    }
}

static void the_longest_number_has_decimal_max_bytes(void **state)
{
    uint8_t written[DECIMAL_MAX];

    (void)state;
    assert_int_equal(decimal_format(INT64_MIN, written), DECIMAL_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_parsed_as_strtoll_does),
        cmocka_unit_test(parsing_has_the_range_of_strtoll),
        cmocka_unit_test(any_byte_before_or_after_a_digit_is_parsed_as_strtoll_does),
        cmocka_unit_test(parsing_stops_at_a_null_byte_and_at_the_end_of_the_span),
        cmocka_unit_test(a_number_must_end_within_64_bytes),
        cmocka_unit_test(numbers_are_formatted_as_printf_does),
        cmocka_unit_test(the_longest_number_has_decimal_max_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
