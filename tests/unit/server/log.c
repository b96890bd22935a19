/* Lines of the log, and text of clients in them. */
#include "server/log.h"

#include <stdio.h>

#include "support/test.h"

struct capture {
    int count;
    enum tcpstore_log_level level;
    char line[2048];
};

static void capture(void *context, enum tcpstore_log_level level, const char *line)
{
    struct capture *captured = context;

    captured->count++;
    captured->level = level;
    snprintf(captured->line, sizeof(captured->line), "%s", line);
}

static void write_passes_one_line_with_its_level(void **state)
{
    struct capture captured = {0};
    const struct log log = {
        .write = capture, .context = &captured, .level = TCPSTORE_LOG_DEBUG};

    (void)state;
    log_write(&log, TCPSTORE_LOG_WARN, "refused", "client=%s bytes=%d", "10.0.0.7:1", 9);
    assert_int_equal(captured.count, 1);
    assert_int_equal(captured.level, TCPSTORE_LOG_WARN);
    assert_string_equal(captured.line, "event=refused client=10.0.0.7:1 bytes=9");
}

static void write_below_the_level_passes_no_line(void **state)
{
    struct capture captured = {0};
    const struct log log = {.write = capture, .context = &captured, .level = TCPSTORE_LOG_INFO};

    (void)state;
    log_write(&log, TCPSTORE_LOG_DEBUG, "event", "%s", "");
    assert_int_equal(captured.count, 0);
    log_write(&log, TCPSTORE_LOG_INFO, "event", "%s", "");
    assert_int_equal(captured.count, 1);
}

static void write_without_a_callback_does_nothing(void **state)
{
    const struct log log = {.write = NULL, .context = NULL, .level = TCPSTORE_LOG_DEBUG};

    (void)state;
    log_write(&log, TCPSTORE_LOG_ERROR, "event", "%s", "");
}

static void write_of_a_long_line_cuts_it(void **state)
{
    struct capture captured = {0};
    const struct log log = {
        .write = capture, .context = &captured, .level = TCPSTORE_LOG_DEBUG};
    char words[2000];

    (void)state;
    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    log_write(&log, TCPSTORE_LOG_INFO, "event", "%s", words);
    assert_int_equal(strlen(captured.line), 1023);
    assert_memory_equal(captured.line, "event=event xxx", 15);
}

static void assert_quoted(struct span bytes, const char *expected)
{
    char quoted[LOG_QUOTED_MAX];

    assert_ptr_equal(log_quote(bytes, quoted), quoted);
    assert_string_equal(quoted, expected);
}

static void quote_escapes_all_but_printable_ascii(void **state)
{
    (void)state;
    assert_quoted(text(""), "\"\"");
    assert_quoted(text(" az~"), "\" az~\"");
    assert_quoted(text("a\"b\\c"), "\"a\\\"b\\\\c\"");
    assert_quoted(span_of("\0\n\x1f\x7f\xff", 5), "\"\\x00\\x0a\\x1f\\x7f\\xff\"");
}

/* Quotes every length of a byte that takes `size` characters. */
static void assert_cut(uint8_t byte, size_t size)
{
    uint8_t bytes[2 * LOG_QUOTED_MAX];
    char quoted[LOG_QUOTED_MAX];

    memset(bytes, byte, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        size_t written = strlen(log_quote(span_of(bytes, len), quoted));

        assert_true(written < LOG_QUOTED_MAX);
        assert_int_equal(quoted[written - 1], '"');
        if (strstr(quoted, "…") == NULL)
            assert_int_equal(written, len * size + 2);
        else
            assert_true(len * size > LOG_QUOTED_MAX - 16);
    }
    assert_non_null(strstr(quoted, "…\""));
}

static void quote_cuts_what_does_not_fit_and_says_so(void **state)
{
    (void)state;
    assert_cut('x', 1);
    assert_cut('"', 2);
    assert_cut(0xff, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_passes_one_line_with_its_level),
        cmocka_unit_test(write_below_the_level_passes_no_line),
        cmocka_unit_test(write_without_a_callback_does_nothing),
        cmocka_unit_test(write_of_a_long_line_cuts_it),
        cmocka_unit_test(quote_escapes_all_but_printable_ascii),
        cmocka_unit_test(quote_cuts_what_does_not_fit_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
