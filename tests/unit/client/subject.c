/* What a call was about, as messages say it. */
#include "support/test.h"

#include "client/subject.h"

static void assert_words(
    struct tcpstore_span key, size_t count, const char *prefix, const char *expected)
{
    const struct subject subject = {"get", &key, count};
    char words[SUBJECT_MAX];

    assert_string_equal(subject_format(&subject, text(prefix), words), expected);
}

static void the_key_is_that_of_the_wire(void **state)
{
    (void)state;
    assert_words(tcpstore_text("k"), 0, "/", "get");
    assert_words(tcpstore_text("rank_7"), 1, "/job/", "get /job/rank_7");
    assert_words(tcpstore_text("k"), 3, "/", "get /k and 2 more");
}

static void other_than_plain_characters_are_quoted(void **state)
{
    (void)state;
    assert_words(tcpstore_text(""), 1, "", "get \"\"");
    assert_words(tcpstore_text("a b"), 1, "/", "get \"/a b\"");
    assert_words(tcpstore_text("\"\\"), 1, "/", "get \"/\\\"\\\\\"");
    assert_words(tcpstore_bytes("\n\0\xff", 3), 1, "/", "get \"/\\x0a\\x00\\xff\"");
}

static void a_long_key_is_cut(void **state)
{
    char key[5000] = "";
    char words[SUBJECT_MAX];
    struct tcpstore_span span = tcpstore_bytes(key, sizeof(key));
    const struct subject subject = {"get", &span, 2};

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        memset(key, byte, sizeof(key));
        subject_format(&subject, text("/"), words);
        assert_non_null(strstr(words, "…"));
        assert_non_null(strstr(words, " and 1 more"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_that_of_the_wire),
        cmocka_unit_test(other_than_plain_characters_are_quoted),
        cmocka_unit_test(a_long_key_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
