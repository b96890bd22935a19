#include "store/arriving.h"

#include <limits.h>
#include <stdio.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

enum { PAIRS = 40 };

static struct allocator allocator;
static struct memory memory;
static struct keys keys;
static long steps;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    return keys_init(&keys, &memory, &hash_key);
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(keys.table.promised, 0);
    keys_done(&keys);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static const char *key_text(size_t number)
{
    static char key[16];

    snprintf(key, sizeof(key), "key %zu", number);
    return key;
}

static struct name named(size_t number)
{
    return name_of(&hash_key, text(key_text(number)));
}

static int add(struct arriving *arriving, size_t number, const char *value)
{
    const struct slice slice = slice_borrowed(text(value));

    return arriving_add(arriving, named(number), &slice);
}

static struct arriving *arriving_of(size_t count)
{
    struct arriving *arriving = arriving_new(&keys, count, &steps);

    assert_non_null(arriving);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(add(arriving, i, "value"), 0);
    return arriving;
}

static void discard(struct arriving *arriving)
{
    steps = LONG_MAX;
    assert_true(arriving_discard(arriving, &steps));
}

static void pairs_are_taken_oldest_first_with_their_names(void **state)
{
    struct arriving *arriving = arriving_of(PAIRS);
    struct name name;

    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct entry *entry = arriving_take_oldest(arriving, &name);

        assert_non_null(entry);
        assert_span_is(name_key(name), key_text(i));
        assert_int_equal(name.hash, named(i).hash);
        keys_commit(&keys, keys_find(&keys, name), entry);
    }
    assert_null(arriving_take_oldest(arriving, &name));
    assert_int_equal(keys_count(&keys), PAIRS);
    arriving_free(arriving);
}

static void a_pair_that_is_found_can_be_taken_once(void **state)
{
    struct arriving *arriving = arriving_of(PAIRS);
    const struct entry *found = arriving_find(arriving, named(7));

    (void)state;
    assert_non_null(found);
    assert_ptr_equal(arriving_take(arriving, named(7)), found);
    assert_null(arriving_find(arriving, named(7)));
    assert_null(arriving_take(arriving, named(7)));
    assert_int_equal(arriving_count(arriving), PAIRS - 1);
    keys_discard(&keys, (struct entry *)(uintptr_t)found);
    discard(arriving);
}

static void a_name_that_was_not_added_is_not_found(void **state)
{
    struct arriving *arriving = arriving_of(PAIRS);

    (void)state;
    for (size_t i = PAIRS; i < 400; i++)
        assert_null(arriving_take(arriving, named(i)));
    discard(arriving);
}

static void a_pair_that_was_taken_is_not_taken_as_the_oldest(void **state)
{
    struct arriving *arriving = arriving_of(3);
    struct name name;

    (void)state;
    keys_discard(&keys, arriving_take(arriving, named(0)));
    keys_discard(&keys, arriving_take(arriving, named(1)));
    keys_discard(&keys, arriving_take_oldest(arriving, &name));
    assert_null(arriving_take_oldest(arriving, &name));
    arriving_free(arriving);
}

static void a_name_that_is_added_twice_keeps_its_place_and_has_the_last_value(void **state)
{
    struct arriving *arriving = arriving_new(&keys, 3, &steps);
    struct name name;
    struct entry *entry;

    (void)state;
    assert_non_null(arriving);
    assert_int_equal(add(arriving, 0, "first"), 0);
    assert_int_equal(add(arriving, 1, "other"), 0);
    assert_int_equal(add(arriving, 0, "last"), 0);
    assert_int_equal(arriving_count(arriving), 2);
    assert_int_equal(keys.table.promised, 2);
    entry = arriving_take_oldest(arriving, &name);
    assert_span_is(name_key(name), key_text(0));
    assert_span_is(entry_value(entry).span, "last");
    keys_discard(&keys, entry);
    discard(arriving);
}

static void discarding_takes_a_step_for_each_pair(void **state)
{
    struct arriving *arriving = arriving_of(PAIRS);

    (void)state;
    for (size_t i = 0; i < PAIRS - 1; i++) {
        steps = 1;
        assert_false(arriving_discard(arriving, &steps));
        assert_int_equal(steps, 0);
        assert_int_equal(arriving_count(arriving), PAIRS - 1 - i);
    }
    steps = 1;
    assert_true(arriving_discard(arriving, &steps));
    assert_int_equal(keys_count(&keys), 0);
}

/* Returns whether so many allocations were requested. */
static bool refuse_one(size_t number)
{
    struct arriving *arriving;
    int code = 0;
    bool refused;

    allocator_refuse(&allocator, number);
    arriving = arriving_new(&keys, 1, &steps);
    if (arriving != NULL)
        code = add(arriving, 0, "value");
    refused = allocator_has_refused(&allocator);
    allocator_refuse_none(&allocator);
    assert_int_equal(refused, arriving == NULL || code != 0);
    if (arriving != NULL)
        discard(arriving);
    assert_int_equal(keys.table.promised, 0);
    return refused;
}

static void pairs_that_are_refused_memory_leave_nothing_behind(void **state)
{
    size_t number = 1;

    (void)state;
    while (refuse_one(number))
        number++;
    assert_true(number > 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(pairs_are_taken_oldest_first_with_their_names),
        TEST(a_pair_that_is_found_can_be_taken_once),
        TEST(a_name_that_was_not_added_is_not_found),
        TEST(a_pair_that_was_taken_is_not_taken_as_the_oldest),
        TEST(a_name_that_is_added_twice_keeps_its_place_and_has_the_last_value),
        TEST(discarding_takes_a_step_for_each_pair),
        TEST(pairs_that_are_refused_memory_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
