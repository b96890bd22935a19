#include "support/test.h"

static void spans_of_equal_bytes_are_equal(void **state)
{
    (void)state;
    assert_true(span_equal(text("abc"), text("abc")));
    assert_true(span_equal(span_of("a\0b", 3), span_of("a\0b", 3)));
}

static void spans_of_other_bytes_or_lengths_are_not_equal(void **state)
{
    (void)state;
    assert_false(span_equal(text("abc"), text("abd")));
    assert_false(span_equal(text("abc"), text("abcd")));
    assert_false(span_equal(span_of("a\0b", 3), span_of("a\0c", 3)));
}

static void empty_spans_are_equal_at_any_address(void **state)
{
    (void)state;
    assert_true(span_equal(span_of(NULL, 0), text("")));
    assert_true(span_equal(span_of(NULL, 0), span_of(NULL, 0)));
    assert_false(span_equal(span_of(NULL, 0), text("a")));
}

static void span_from_returns_the_rest_after_an_offset(void **state)
{
    struct span span = text("abcd");

    (void)state;
    assert_span_is(span_from(span, 0), "abcd");
    assert_span_is(span_from(span, 3), "d");
    assert_span_is(span_from(span, 4), "");
}

/* clang's sanitizer reports the addition of 0 to a null pointer. */
static void span_from_accepts_the_null_span(void **state)
{
    (void)state;
    assert_span_is(span_from(span_of(NULL, 0), 0), "");
}

static void copying_returns_the_byte_after_the_copy(void **state)
{
    uint8_t target[8] = {0};

    (void)state;
    assert_ptr_equal(span_copy(target, text("abc")), target + 3);
    assert_memory_equal(target, "abc\0", 4);
}

static void copying_the_null_span_does_nothing(void **state)
{
    uint8_t target[1] = {'x'};

    (void)state;
    assert_ptr_equal(span_copy(target, span_of(NULL, 0)), target);
    assert_int_equal(target[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_of_equal_bytes_are_equal),
        cmocka_unit_test(spans_of_other_bytes_or_lengths_are_not_equal),
        cmocka_unit_test(empty_spans_are_equal_at_any_address),
        cmocka_unit_test(span_from_returns_the_rest_after_an_offset),
        cmocka_unit_test(span_from_accepts_the_null_span),
        cmocka_unit_test(copying_returns_the_byte_after_the_copy),
        cmocka_unit_test(copying_the_null_span_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
