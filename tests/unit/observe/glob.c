#include "observe/glob.h"

#include <string.h>

#include "support/test.h"

static void a_glob_matches_all_of_a_text(void **state)
{
    (void)state;
    assert_true(glob_matches("", ""));
    assert_true(glob_matches("a?c", "abc"));
    assert_true(glob_matches("*", ""));
    assert_true(glob_matches("*", "abc"));
    assert_true(glob_matches("a*c*", "abcabc"));
    assert_true(glob_matches("*abc", "ababc"));
    assert_true(glob_matches("a**c", "ac"));
    assert_false(glob_matches("", "a"));
    assert_false(glob_matches("a", ""));
    assert_false(glob_matches("?", ""));
    assert_false(glob_matches("abc", "abcd"));
    assert_false(glob_matches("*abc", "abcd"));
    assert_false(glob_matches("a*c", "abd"));
}

/* If each star tried all that it could take, this would take years. */
static void many_stars_take_no_longer(void **state)
{
    char glob[101] = "", text[2001];

    (void)state;
    for (int i = 0; i < 50; i++)
        strcat(glob, "a*");
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    glob[99] = 'b';
    assert_false(glob_matches(glob, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_glob_matches_all_of_a_text),
        cmocka_unit_test(many_stars_take_no_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
