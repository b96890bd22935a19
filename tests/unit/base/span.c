#include "support/test.h"

static void equal_bytes_are_equal(void **state)
{
    (void)state;
    assert_true(span_equal(text("abc"), text("abc")));
    assert_true(span_equal(span_of("a\0b", 3), span_of("a\0b", 3)));
}

static void other_bytes_or_lengths_are_not_equal(void **state)
{
    (void)state;
    assert_false(span_equal(text("abc"), text("abd")));
    assert_false(span_equal(text("abc"), text("abcd")));
    assert_false(span_equal(span_of("a\0b", 3), span_of("a\0c", 3)));
}

static void empty_spans_are_equal_wherever_they_are(void **state)
{
    (void)state;
    assert_true(span_equal(span_of(NULL, 0), text("")));
    assert_true(span_equal(span_of(NULL, 0), span_of(NULL, 0)));
    assert_false(span_equal(span_of(NULL, 0), text("a")));
}

static void from_an_offset_on_the_rest_is_left(void **state)
{
    struct span span = text("abcd");

    (void)state;
    assert_span_is(span_from(span, 0), "abcd");
    assert_span_is(span_from(span, 3), "d");
    assert_span_is(span_from(span, 4), "");
}

/* clang's sanitizer lets nobody add even 0 to a null pointer. */
static void of_nothing_nothing_is_left(void **state)
{
    (void)state;
    assert_span_is(span_from(span_of(NULL, 0), 0), "");
}

static void copying_returns_the_byte_after(void **state)
{
    uint8_t target[8] = {0};

    (void)state;
    assert_ptr_equal(span_copy(target, text("abc")), target + 3);
    assert_memory_equal(target, "abc\0", 4);
}

static void copying_nothing_from_nowhere_is_fine(void **state)
{
    uint8_t target[1] = {'x'};

    (void)state;
    assert_ptr_equal(span_copy(target, span_of(NULL, 0)), target);
    assert_int_equal(target[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_bytes_are_equal),
        cmocka_unit_test(other_bytes_or_lengths_are_not_equal),
        cmocka_unit_test(empty_spans_are_equal_wherever_they_are),
        cmocka_unit_test(from_an_offset_on_the_rest_is_left),
        cmocka_unit_test(of_nothing_nothing_is_left),
        cmocka_unit_test(copying_returns_the_byte_after),
        cmocka_unit_test(copying_nothing_from_nowhere_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
