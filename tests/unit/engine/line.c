#include "engine/line.h"

#include "support/test.h"

enum {
    PLACES = 24,
    SHORT = 1024,
    LONG = 128 * SHORT,
};

static struct line line;
static struct place places[PLACES];

static int set_up(void **state)
{
    (void)state;
    line_init(&line);
    for (size_t i = 0; i < PLACES; i++)
        places[i] = (struct place){.is_first = false};
    return 0;
}

static void enter(size_t place, uint64_t size)
{
    line_enter(&line, &places[place], size);
}

/* Returns the next one. */
static size_t leave(size_t place)
{
    struct place *next;

    line_leave(&line, &places[place]);
    next = line_call(&line);
    return next == NULL ? PLACES : (size_t)(next - places);
}

static void places_of_one_size_are_first_in_first_out(void **state)
{
    (void)state;
    assert_true(line_enter(&line, &places[0], LONG));
    for (size_t i = 1; i < PLACES; i++)
        assert_false(line_enter(&line, &places[i], LONG));
    for (size_t i = 0; i < PLACES - 1; i++)
        assert_int_equal(leave(i), i + 1);
    assert_int_equal(leave(PLACES - 1), PLACES);
    assert_null(line.first);
}

static void a_short_one_goes_before_long_ones_that_came_first(void **state)
{
    (void)state;
    for (size_t i = 1; i < PLACES; i++)
        enter(i, LONG);
    enter(0, SHORT);
    assert_int_equal(leave(1), 0);
    assert_int_equal(leave(0), 2);
    enter(0, SHORT);
    assert_int_equal(leave(2), 0);
}

static void the_shortest_one_goes_first(void **state)
{
    (void)state;
    enter(0, LONG);
    enter(1, UINT64_MAX);
    enter(2, LONG / 2);
    enter(3, SHORT);
    enter(4, 1);
    assert_int_equal(leave(0), 4);
    assert_int_equal(leave(4), 3);
    assert_int_equal(leave(3), 2);
    assert_int_equal(leave(2), 1);
    assert_int_equal(leave(1), PLACES);
}

/* One of two short ones always waits. Returns how many go before a long one, which is first
 * then. */
static size_t count_before_long(size_t first, size_t waiting, size_t longer)
{
    for (size_t count = 0; count < LONG; count++) {
        size_t next = leave(first);

        if (next == longer)
            return count;
        assert_int_equal(next, waiting);
        enter(first, SHORT);
        waiting = first;
        first = next;
    }
    return LONG;
}

static void a_long_one_gets_its_share_while_short_ones_keep_coming(void **state)
{
    (void)state;
    enter(2, LONG);
    enter(3, LONG);
    enter(0, SHORT);
    enter(1, SHORT);
    assert_int_equal(leave(2), 0);
    assert_in_range(count_before_long(0, 1, 3), LONG / SHORT / 2, LONG / SHORT);
}

static void short_ones_that_come_late_have_saved_nothing_up(void **state)
{
    (void)state;
    enter(2, LONG);
    for (size_t i = 0; i < 100; i++) {
        enter(3 - i % 2, LONG);
        assert_int_equal(leave(2 + i % 2), 3 - i % 2);
    }
    enter(3, LONG);
    enter(0, SHORT);
    enter(1, SHORT);
    assert_int_equal(leave(2), 0);
    assert_in_range(count_before_long(0, 1, 3), LONG / SHORT / 2, LONG / SHORT);
}

static void a_place_that_leaves_while_it_waits_is_not_called(void **state)
{
    (void)state;
    enter(0, LONG);
    enter(1, LONG);
    enter(2, LONG);
    assert_int_equal(leave(1), PLACES);
    assert_int_equal(leave(0), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(places_of_one_size_are_first_in_first_out),
        TEST(a_short_one_goes_before_long_ones_that_came_first),
        TEST(the_shortest_one_goes_first),
        TEST(a_long_one_gets_its_share_while_short_ones_keep_coming),
        TEST(short_ones_that_come_late_have_saved_nothing_up),
        TEST(a_place_that_leaves_while_it_waits_is_not_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
