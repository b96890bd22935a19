#include "why/numbers.h"

#include "support/allocator.h"
#include "support/test.h"

static struct allocator allocator;
static struct memory memory;
static struct numbers numbers;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    return numbers_init(&numbers, &memory, 130);
}

static int tear_down(void **state)
{
    (void)state;
    numbers_done(&numbers, &memory);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static void assert_format(size_t size, const char *expected)
{
    char line[200];
    size_t len = numbers_format(&numbers, line, size);

    assert_spans_equal(span_of(line, len), text(expected));
}

static void numbers_are_formatted_as_ranges(void **state)
{
    (void)state;
    numbers_add(&numbers, 0);
    numbers_add(&numbers, 1);
    numbers_add(&numbers, 2);
    numbers_add(&numbers, 64);
    numbers_add(&numbers, 129);
    numbers_add(&numbers, 129);
    assert_int_equal(numbers.count, 5);
    assert_format(200, "0-2,64,129");
}

static void a_line_without_room_ends_with_an_ellipsis(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 130; number += 2)
        numbers_add(&numbers, number);
    assert_format(32, "0,2,4,6…");
}

static void a_number_beyond_the_bound_is_ignored(void **state)
{
    (void)state;
    numbers_add(&numbers, 130);
    assert_int_equal(numbers.count, 0);
    assert_false(numbers_has(&numbers, 130));
    assert_int_equal(numbers_next(&numbers, 0, true), 130);
    assert_format(200, "");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_formatted_as_ranges),
        TEST(a_line_without_room_ends_with_an_ellipsis),
        TEST(a_number_beyond_the_bound_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
