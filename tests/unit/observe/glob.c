#include "observe/glob.h"

#include <string.h>

#include "support/test.h"

static bool matches(const char *glob, const char *text)
{
    size_t steps = 0;

    return glob_matches(glob, text, &steps);
}

static void a_glob_matches_all_of_a_text(void **state)
{
    (void)state;
    assert_true(matches("", ""));
    assert_true(matches("a?c", "abc"));
    assert_true(matches("*", ""));
    assert_true(matches("*", "abc"));
    assert_true(matches("a*c*", "abcabc"));
    assert_true(matches("*abc", "ababc"));
    assert_true(matches("a**c", "ac"));
    assert_false(matches("", "a"));
    assert_false(matches("a", ""));
    assert_false(matches("?", ""));
    assert_false(matches("abc", "abcd"));
    assert_false(matches("*abc", "abcd"));
    assert_false(matches("a*c", "abd"));
}

/* If each star tried all that it could take, this would take years. */
static void many_stars_take_no_longer(void **state)
{
    char glob[101], text[2001];

    (void)state;
    for (size_t i = 0; i < sizeof(glob); i++)
        glob[i] = "a*"[i % 2];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    glob[99] = 'b';
    glob[100] = 0;
    assert_false(matches(glob, text));
}

/* Its caller stops after so many. */
static void characters_that_are_compared_are_counted(void **state)
{
    size_t steps = 1;

    (void)state;
    assert_true(glob_matches("a?c", "abc", &steps));
    assert_int_equal(steps, 4);
    assert_false(glob_matches("*aab", "aaaaaa", &steps));
    assert_in_range(steps, 4 + 6, 4 + 1 + 6 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_glob_matches_all_of_a_text),
        cmocka_unit_test(many_stars_take_no_longer),
        cmocka_unit_test(characters_that_are_compared_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
