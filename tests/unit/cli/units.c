/* Durations, sizes and counts as people read them. */
#include "support/test.h"

#include "tcpstore-cli/units.h"

struct case_of {
    double number;
    const char *expected;
};

static void check(
    void (*format)(double, char[UNITS_SIZE]), const struct case_of *cases, size_t count)
{
    char formatted[UNITS_SIZE];

    for (size_t i = 0; i < count; i++) {
        format(cases[i].number, formatted);
        assert_string_equal(formatted, cases[i].expected);
    }
}

#define CHECK(format, cases) check(format, cases, sizeof(cases) / sizeof((cases)[0]))

static void seconds_get_the_unit_that_leaves_two_or_three_digits(void **state)
{
    static const struct case_of cases[] = {
        {-1, "0.0 s"},   {0.04, "0.0 s"},    {0.4, "0.4 s"},    {0.96, "1 s"},
        {31.2, "31 s"},  {119.9, "120 s"},   {120, "2 min"},    {7199, "120 min"},
        {7200, "2.0 h"}, {172799, "48.0 h"}, {302400, "3.5 d"}, {86400e4, "10000.0 d"},
    };

    (void)state;
    CHECK(units_seconds, cases);
}

static void bytes_get_the_largest_unit_below_them(void **state)
{
    static const struct case_of cases[] = {
        {0, "0 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {4300, "4.2 KiB"},
        {1048575, "1.0 MiB"},
        {200.0 * (1 << 20), "200 MiB"},
        {8522825728.0, "7.9 GiB"},
        {1e20, "88818 PiB"},
    };

    (void)state;
    CHECK(units_bytes, cases);
}

static void counts_have_commas_between_thousands(void **state)
{
    static const struct case_of cases[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567.4, "1,234,567"}, {-1000, "-1,000"},
    };

    (void)state;
    CHECK(units_count, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_get_the_unit_that_leaves_two_or_three_digits),
        cmocka_unit_test(bytes_get_the_largest_unit_below_them),
        cmocka_unit_test(counts_have_commas_between_thousands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
