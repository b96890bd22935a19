/* The reasons with which a flag's value is refused. */
#include "support/test.h"

#include "common/flag.h"

static void assert_refused(const struct flag *flag, const char *text, const char *expected)
{
    char refusal[FLAG_REFUSAL_SIZE];

    assert_int_equal(flag_take(flag, text, refusal), -1);
    assert_string_equal(refusal, expected);
}

static void a_malformed_size_is_refused_with_the_suffixes(void **state)
{
    size_t size = 4711;
    const struct flag flag = {.what = "a memory size", .size = &size, .min = 1 << 20};

    (void)state;
    assert_refused(
        &flag, "512P",
        "not a memory size, expected digits with an optional K, M, G or T (powers of 1,024), "
        "for example 512M");
    assert_int_equal(size, 4711);
}

static void a_size_out_of_range_is_refused_with_the_range(void **state)
{
    size_t size = 4711;
    const struct flag open = {.what = "a memory size", .size = &size, .min = 1 << 20};
    const struct flag closed = {.what = "a size", .size = &size, .min = 1, .max = 1 << 30};

    (void)state;
    assert_refused(&open, "512K", "not a memory size, expected 1M or more");
    assert_refused(
        &open, "99999999999999999999G",
        "not a memory size, expected 1M to 18446744073709551615");
    assert_refused(&closed, "0", "not a size, expected 1 to 1G");
    assert_refused(&closed, "2G", "not a size, expected 1 to 1G");
    assert_refused(&closed, "16777216T", "not a size, expected 1 to 1G");
    assert_int_equal(size, 4711);
}

static void a_duration_with_a_unit_is_refused_with_the_form(void **state)
{
    uint32_t milliseconds = 4711;
    const struct flag flag = {
        .what = "a number of seconds", .milliseconds = &milliseconds, .min = 1};

    (void)state;
    assert_refused(
        &flag, "30s",
        "not a number of seconds, expected seconds without a unit, for example 30 or 0.5");
    assert_refused(&flag, "0", "not a number of seconds, expected 0.001 or more");
    assert_refused(&flag, "4294968", "not a number of seconds, expected 0.001 to 4294967.295");
    assert_int_equal(milliseconds, 4711);
}

static void a_number_is_refused_with_the_range(void **state)
{
    int number = 4711;
    const struct flag port = {.what = "a port", .number = &number, .max = UINT16_MAX};
    const struct flag count = {.what = "a number", .number = &number, .min = 1};

    (void)state;
    assert_refused(&port, "http", "not a port, expected 0 to 65535");
    assert_refused(&port, "65536", "not a port, expected 0 to 65535");
    assert_refused(&count, "0", "not a number, expected 1 or more");
    assert_refused(&count, "2147483648", "not a number, expected 1 to 2147483647");
    assert_int_equal(number, 4711);
}

static void a_size_in_range_is_stored(void **state)
{
    size_t size = 4711;
    const struct flag flag = {.what = "a size", .size = &size, .min = 1, .max = 1 << 30};
    char refusal[FLAG_REFUSAL_SIZE];

    (void)state;
    assert_int_equal(flag_take(&flag, "512MiB", refusal), 0);
    assert_int_equal(size, 512 << 20);
    assert_int_equal(flag_take(&flag, "1g", refusal), 0);
    assert_int_equal(size, 1 << 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_malformed_size_is_refused_with_the_suffixes),
        cmocka_unit_test(a_size_out_of_range_is_refused_with_the_range),
        cmocka_unit_test(a_duration_with_a_unit_is_refused_with_the_form),
        cmocka_unit_test(a_number_is_refused_with_the_range),
        cmocka_unit_test(a_size_in_range_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
