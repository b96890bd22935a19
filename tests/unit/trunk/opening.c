/* What a relay tells of a client, and how much of it may be on its way. */
#include "trunk/opening.h"

#include <string.h>

#include "support/test.h"
#include "trunk/window.h"

static const struct opening whole = {
    .port = 40000,
    .rank = -1,
    .process = INT32_MAX,
    .store = {(const uint8_t *)"job-1", 5},
    .host = {(const uint8_t *)"node1", 5},
    .program = {(const uint8_t *)"python train.py", 15},
};

static void an_opening_is_read_as_it_was_written(void **state)
{
    uint8_t bytes[OPENING_MAX];
    struct opening read;
    struct span written = span_of(bytes, (size_t)(opening_put(bytes, &whole) - bytes));

    (void)state;
    assert_true(opening_read(written, &read));
    assert_int_equal(read.port, 40000);
    assert_int_equal(read.rank, -1);
    assert_int_equal(read.process, INT32_MAX);
    assert_true(span_equal(read.store, whole.store));
    assert_true(span_equal(read.host, whole.host));
    assert_true(span_equal(read.program, whole.program));
}

static void one_that_is_cut_or_too_long_is_refused(void **state)
{
    uint8_t bytes[OPENING_MAX + 1] = {0};
    size_t len = (size_t)(opening_put(bytes, &whole) - bytes);
    struct opening read;

    (void)state;
    for (size_t cut = 0; cut < len; cut++)
        assert_false(opening_read(span_of(bytes, cut), &read));
    assert_false(opening_read(span_of(bytes, len + 1), &read));
}

static void assert_refused(const struct opening *opening)
{
    uint8_t bytes[OPENING_MAX];
    struct opening read;

    assert_false(
        opening_read(span_of(bytes, (size_t)(opening_put(bytes, opening) - bytes)), &read));
}

static void numbers_that_no_process_has_are_refused(void **state)
{
    (void)state;
    assert_refused(&(struct opening){.rank = -2});
    assert_refused(&(struct opening){.rank = INT32_MIN});
    assert_refused(&(struct opening){.process = (uint32_t)INT32_MAX + 1});
}

static void long_texts_are_cut(void **state)
{
    uint8_t bytes[OPENING_MAX];
    uint8_t text[OPENING_TEXT_MAX + 1] = {0};
    struct span longest = span_of(text, sizeof(text));
    const struct opening opening = {.store = longest, .host = longest, .program = longest};
    struct opening read;

    (void)state;
    assert_int_equal(opening_put(bytes, &opening) - bytes, OPENING_MAX);
    assert_true(opening_read(span_of(bytes, OPENING_MAX), &read));
    assert_int_equal(read.program.len, OPENING_TEXT_MAX);
}

static void the_sender_is_told_before_its_window_is_used_up(void **state)
{
    struct window sender = {0}, receiver = {0};
    size_t told = 0;

    (void)state;
    for (size_t sent = 0; sent < 4 * (size_t)TRUNK_WINDOW; sent += 1000) {
        uint32_t taken;

        window_send(&sender, 1000);
        taken = window_take(&receiver, 1000, TRUNK_WINDOW);
        assert_true(window_told(&sender, taken));
        told += taken > 0;
        assert_true(sender.sent < TRUNK_WINDOW);
    }
    assert_in_range(told, 7, 8);
}

static void more_than_was_sent_cannot_be_taken(void **state)
{
    struct window sender = {0};

    (void)state;
    window_send(&sender, 5);
    assert_false(window_told(&sender, 6));
    assert_true(window_told(&sender, 5));
    assert_false(window_told(&sender, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opening_is_read_as_it_was_written),
        cmocka_unit_test(one_that_is_cut_or_too_long_is_refused),
        cmocka_unit_test(numbers_that_no_process_has_are_refused),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(the_sender_is_told_before_its_window_is_used_up),
        cmocka_unit_test(more_than_was_sent_cannot_be_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
