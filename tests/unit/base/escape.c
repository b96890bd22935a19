#include "base/escape.h"

#include "support/test.h"

static void assert_escaped(uint8_t byte, const char *expected)
{
    char text[ESCAPED_BYTE_MAX + 1];

    *escape_byte(text, byte) = '\0';
    assert_string_equal(text, expected);
}

static void printable_ascii_is_written_as_it_is(void **state)
{
    (void)state;
    for (int byte = ' '; byte <= '~'; byte++) {
        if (byte != '"' && byte != '\\')
            assert_escaped((uint8_t)byte, (char[]){(char)byte, '\0'});
    }
}

static void quotes_and_backslashes_get_a_backslash(void **state)
{
    (void)state;
    assert_escaped('"', "\\\"");
    assert_escaped('\\', "\\\\");
}

static void other_bytes_are_written_in_hexadecimal(void **state)
{
    (void)state;
    assert_escaped(0, "\\x00");
    assert_escaped('\n', "\\x0a");
    assert_escaped(0x7f, "\\x7f");
    assert_escaped(0xff, "\\xff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_ascii_is_written_as_it_is),
        cmocka_unit_test(quotes_and_backslashes_get_a_backslash),
        cmocka_unit_test(other_bytes_are_written_in_hexadecimal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
