/* Untrusted bytes in messages. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/plain.h"

static void printable_ascii_is_unchanged(void **state)
{
    (void)state;
    for (int byte = ' '; byte <= '~'; byte++) {
        char text[PLAIN_BYTE_MAX];

        assert_ptr_equal(plain_put(text, (char)byte), text + 1);
        assert_int_equal(text[0], byte);
    }
}

static void other_bytes_are_escaped_in_hexadecimal(void **state)
{
    static const struct {
        unsigned char byte;
        const char *text;
    } cases[] = {
        {0, "\\x00"},    {'\n', "\\x0a"}, {0x1b, "\\x1b"},
        {0x7f, "\\x7f"}, {0x80, "\\x80"}, {0xff, "\\xff"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[PLAIN_BYTE_MAX];

        assert_ptr_equal(plain_put(text, (char)cases[i].byte), text + PLAIN_BYTE_MAX);
        assert_memory_equal(text, cases[i].text, PLAIN_BYTE_MAX);
    }
}

__attribute__((format(printf, 2, 3))) static void print(FILE *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    plain_print(out, format, arguments);
    va_end(arguments);
}

static void a_message_keeps_its_newlines_only(void **state)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    print(out, "--%s: no\nusage", "a\x1b[2J\t\xc3\xbc");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "--a\\x1b[2J\\x09\\xc3\\xbc: no\nusage");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_ascii_is_unchanged),
        cmocka_unit_test(other_bytes_are_escaped_in_hexadecimal),
        cmocka_unit_test(a_message_keeps_its_newlines_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
