/* Numbers, sizes and durations on the command line. */
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/quantity.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (MIB * KIB)
#define TIB (GIB * KIB)

typedef int parse_fn(const char *text, uint64_t *ret_value);

static void assert_parsed(parse_fn *parse, const char *text, uint64_t expected)
{
    uint64_t value = 4711;

    if (parse(text, &value) || value != expected)
        fail_msg("\"%s\" gave %" PRIu64 ", expected %" PRIu64, text, value, expected);
}

static void assert_none_parsed(
    parse_fn *parse, int code, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 4711;

        if (parse(texts[i], &value) != code || value != 4711)
            fail_msg("\"%s\" was not refused with %d", texts[i], code);
    }
}

#define ASSERT_NONE_PARSED(parse, code, texts) \
    assert_none_parsed(parse, code, texts, sizeof(texts) / sizeof((texts)[0]))

static void only_digits_are_a_number(void **state)
{
    static const char *const malformed[] = {
        "", "-1", "+1", " 1", "1 ", "1K", "0x10", "x", "99999999999999999999x"};
    static const char *const too_large[] = {"18446744073709551616", "99999999999999999999"};

    (void)state;
    assert_parsed(quantity_parse_number, "0", 0);
    assert_parsed(quantity_parse_number, "007", 7);
    assert_parsed(quantity_parse_number, "18446744073709551615", UINT64_MAX);
    ASSERT_NONE_PARSED(quantity_parse_number, QUANTITY_MALFORMED, malformed);
    ASSERT_NONE_PARSED(quantity_parse_number, QUANTITY_TOO_LARGE, too_large);
}

static void every_spelling_of_a_suffix_is_the_same_power_of_1024(void **state)
{
    static const char *const endings[] = {"", "i", "I", "b", "B", "ib", "iB", "Ib", "IB"};
    static const struct {
        char letter;
        uint64_t power;
    } suffixes[] = {{'K', KIB}, {'k', KIB}, {'M', MIB}, {'m', MIB},
                    {'G', GIB}, {'g', GIB}, {'T', TIB}, {'t', TIB}};

    (void)state;
    assert_parsed(quantity_parse_size, "512", 512);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        for (size_t j = 0; j < sizeof(endings) / sizeof(endings[0]); j++) {
            char text[16];

            snprintf(text, sizeof(text), "512%c%s", suffixes[i].letter, endings[j]);
            assert_parsed(quantity_parse_size, text, 512 * suffixes[i].power);
        }
    }
}

static void malformed_sizes_are_refused(void **state)
{
    static const char *const malformed[] = {
        "",    "K",   "-1K",  "1.5G",  "1 M", "1P",   "1B",  "1i",
        "1iB", "1MM", "1MBi", "1MiBx", "1M ", "0x1K", "1e3", "99999999999999999999P",
    };

    (void)state;
    ASSERT_NONE_PARSED(quantity_parse_size, QUANTITY_MALFORMED, malformed);
}

static void sizes_of_more_than_64_bits_are_refused(void **state)
{
    static const char *const too_large[] = {
        "18446744073709551616", "18014398509481984K", "16777216T", "99999999999999999999G"};

    (void)state;
    assert_parsed(quantity_parse_size, "18014398509481983K", UINT64_MAX - 1023);
    assert_parsed(quantity_parse_size, "16777215TiB", 16777215 * TIB);
    ASSERT_NONE_PARSED(quantity_parse_size, QUANTITY_TOO_LARGE, too_large);
}

static void seconds_with_a_fraction_are_milliseconds(void **state)
{
    static const char *const malformed[] = {"",      ".",   "-1",    "1e3", "inf", "nan",
                                            "1.2.3", "30s", "500ms", "5m",  " 1"};
    static const char *const too_large[] = {"18446744073709551.616", "99999999999999999999"};

    (void)state;
    assert_parsed(quantity_parse_seconds, "30", 30000);
    assert_parsed(quantity_parse_seconds, "0.5", 500);
    assert_parsed(quantity_parse_seconds, ".0004", 0);
    assert_parsed(quantity_parse_seconds, "1.0006", 1001);
    ASSERT_NONE_PARSED(quantity_parse_seconds, QUANTITY_MALFORMED, malformed);
    ASSERT_NONE_PARSED(quantity_parse_seconds, QUANTITY_TOO_LARGE, too_large);
}

static void a_size_is_formatted_with_the_largest_exact_suffix(void **state)
{
    static const struct {
        uint64_t size;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1023, "1023"},
        {1024, "1K"},
        {1536, "1536"},
        {3 * MIB, "3M"},
        {8 * GIB, "8G"},
        {2000 * TIB, "2000T"},
        {UINT64_MAX, "18446744073709551615"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[QUANTITY_TEXT_SIZE];

        quantity_format_size(cases[i].size, text);
        assert_string_equal(text, cases[i].text);
        assert_parsed(quantity_parse_size, text, cases[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_digits_are_a_number),
        cmocka_unit_test(every_spelling_of_a_suffix_is_the_same_power_of_1024),
        cmocka_unit_test(malformed_sizes_are_refused),
        cmocka_unit_test(sizes_of_more_than_64_bits_are_refused),
        cmocka_unit_test(seconds_with_a_fraction_are_milliseconds),
        cmocka_unit_test(a_size_is_formatted_with_the_largest_exact_suffix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
