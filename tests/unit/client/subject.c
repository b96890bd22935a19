/* What an operation is about, in words for messages. */
#include "support/test.h"

#include "client/subject.h"

static void assert_words(
    struct tcpstore_span key, size_t count, const char *prefix, const char *expected)
{
    char words[SUBJECT_MAX];

    assert_string_equal(subject_format("get", text(prefix), &key, count, words), expected);
}

static void a_message_shows_the_key_with_its_prefix(void **state)
{
    (void)state;
    assert_words(tcpstore_text("k"), 0, "/", "get");
    assert_words(tcpstore_text("rank_7"), 1, "/job/", "get /job/rank_7");
    assert_words(tcpstore_text("k"), 3, "/", "get /k and 2 more");
}

static void a_key_with_other_than_plain_characters_is_quoted_and_escaped(void **state)
{
    (void)state;
    assert_words(tcpstore_text(""), 1, "", "get \"\"");
    assert_words(tcpstore_text("a b"), 1, "/", "get \"/a b\"");
    assert_words(tcpstore_text("\"\\"), 1, "/", "get \"/\\\"\\\\\"");
    assert_words(tcpstore_bytes("\n\0\xff", 3), 1, "/", "get \"/\\x0a\\x00\\xff\"");
}

static void a_long_key_is_cut_with_an_ellipsis(void **state)
{
    char key[5000] = "";
    char words[SUBJECT_MAX];
    struct tcpstore_span span = tcpstore_bytes(key, sizeof(key));

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        memset(key, byte, sizeof(key));
        subject_format("get", text("/"), &span, 2, words);
        assert_non_null(strstr(words, "…"));
        assert_non_null(strstr(words, " and 1 more"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_shows_the_key_with_its_prefix),
        cmocka_unit_test(a_key_with_other_than_plain_characters_is_quoted_and_escaped),
        cmocka_unit_test(a_long_key_is_cut_with_an_ellipsis),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
