#include "why/pattern.h"

#include "support/test.h"

static bool matches(const char *pattern, const char *key)
{
    struct pattern_match match;

    return pattern_match(pattern, text(key), &match);
}

static void other_characters_stand_for_themselves(void **state)
{
    (void)state;
    assert_true(matches("init/", "init/"));
    assert_false(matches("init/", "init"));
    assert_false(matches("init/", "init/1"));
    assert_true(matches("", ""));
    assert_false(matches("", "a"));
}

static void a_star_stands_for_any_start(void **state)
{
    struct pattern_match match;

    (void)state;
    assert_true(pattern_match("*a", text("bba"), &match));
    assert_span_is(match.start, "bb");
    assert_true(pattern_match("*a", text("a"), &match));
    assert_span_is(match.start, "");
    assert_false(matches("*a", "ab"));
}

static void the_first_number_is_read(void **state)
{
    struct pattern_match match;

    (void)state;
    assert_true(pattern_match("#:#", text("12:3"), &match));
    assert_int_equal(match.number, 12);
    assert_span_is(match.digits, "12");
    assert_true(matches("#", "0"));
    assert_true(matches("#", "99999999"));
    assert_false(matches("#", "100000000"));
    assert_false(matches("#", "01"));
    assert_false(matches("#", "-1"));
    assert_false(matches("#", ""));
}

static void a_name_has_no_slash(void **state)
{
    struct pattern_match match;

    (void)state;
    assert_true(pattern_match("*x/%:end", text("1/x/a:b:end"), &match));
    assert_span_is(match.name, "a:b");
    assert_span_is(match.start, "1/");
    assert_false(matches("x/%", "x/"));
    assert_false(matches("x/%", "x/a/b"));
    assert_true(matches("%/#", "a/7"));
}

static void a_key_that_is_too_long_matches_nothing(void **state)
{
    uint8_t bytes[PATTERN_KEY_MAX + 1];
    struct pattern_match match;

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    assert_true(pattern_match("*a", span_of(bytes, PATTERN_KEY_MAX), &match));
    assert_false(pattern_match("*a", span_of(bytes, sizeof(bytes)), &match));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_characters_stand_for_themselves),
        cmocka_unit_test(a_star_stands_for_any_start),
        cmocka_unit_test(the_first_number_is_read),
        cmocka_unit_test(a_name_has_no_slash),
        cmocka_unit_test(a_key_that_is_too_long_matches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
