#include "base/error.h"

#include "support/test.h"

static const struct {
    int code;
    const char *name;
    const char *text;
} errors[] = {
#define ROW(name, value, text) {value, #name, text},
    TCPSTORE_ERRORS(ROW)
#undef ROW
};

enum { ERROR_COUNT = sizeof(errors) / sizeof(errors[0]) };

static void every_code_has_its_text_and_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        assert_string_equal(tcpstore_strerror(errors[i].code), errors[i].text);
        assert_string_equal(tcpstore_error_name(errors[i].code), errors[i].name);
    }
}

/* They are part of the ABI. */
static void codes_count_down_from_minus_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERROR_COUNT; i++)
        assert_int_equal(errors[i].code, -1 - (int)i);
    assert_int_equal(TCPSTORE_ENOMEM, -1);
    assert_int_equal(TCPSTORE_EOUTPUT, -21);
}

static void an_unknown_code_has_the_text_unknown_error(void **state)
{
    (void)state;
    assert_string_equal(tcpstore_strerror(-1000), "unknown error");
    assert_string_equal(tcpstore_error_name(1), "unknown error");
}

static void error_set_fills_in_code_and_text(void **state)
{
    struct tcpstore_error error;

    (void)state;
    assert_int_equal(
        error_set(&error, TCPSTORE_EINVAL, "port %d: %s", 7, "taken"), TCPSTORE_EINVAL);
    assert_int_equal(error.code, TCPSTORE_EINVAL);
    assert_string_equal(error.text, "port 7: taken");
}

static void error_set_with_null_returns_the_code(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, TCPSTORE_ENOMEM, "%s", "nobody reads"), TCPSTORE_ENOMEM);
}

static void error_set_truncates_a_text_that_is_too_long(void **state)
{
    struct tcpstore_error error;
    char longer[sizeof(error.text) * 2];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    error_set(&error, TCPSTORE_EINVAL, "%s", longer);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    assert_memory_equal(error.text, longer, sizeof(error.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_text_and_name),
        cmocka_unit_test(codes_count_down_from_minus_one),
        cmocka_unit_test(an_unknown_code_has_the_text_unknown_error),
        cmocka_unit_test(error_set_fills_in_code_and_text),
        cmocka_unit_test(error_set_with_null_returns_the_code),
        cmocka_unit_test(error_set_truncates_a_text_that_is_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
