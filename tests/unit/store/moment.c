#include "store/moment.h"

#include <limits.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};
static const char *const names[] = {"a", "b", "c", "d", "e"};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

static struct allocator allocator;
static struct memory memory;
static struct keys keys;
static struct waits waits;
static struct moment moment;
static struct released released;
static long steps;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    released_init(&released, &steps);
    if (keys_init(&keys, &memory, &hash_key) || waits_init(&waits, &memory, &hash_key))
        return -1;
    moment_init(&moment, &keys, &waits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(moment.phase, MOMENT_NONE);
    assert_int_equal(keys.table.promised, 0);
    waits_done(&waits);
    keys_done(&keys);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static struct name named(const char *key)
{
    return name_of(&hash_key, text(key));
}

static struct slice value_of(const char *value)
{
    return slice_borrowed(text(value));
}

/* As the store does. */
static void set(const char *key, const char *value)
{
    const struct slice slice = value_of(value);

    moment_before_write(&moment, named(key), &released);
    assert_int_equal(
        keys_put(
            &keys, keys_find(&keys, named(key)),
            entry_new(keys.table.memory, text(key), &slice)),
        0);
}

static void set_all(const char *value)
{
    for (size_t i = 0; i < NAMES; i++)
        set(names[i], value);
}

static struct arriving *arriving_all(void)
{
    const struct slice value = value_of("new");
    struct arriving *arriving = arriving_new(&keys, NAMES, &steps);

    assert_non_null(arriving);
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(arriving_add(arriving, named(names[i]), &value), 0);
    return arriving;
}

static void end_settling(void)
{
    steps = LONG_MAX;
    assert_true(moment_settle(&moment, &released, &steps));
}

static void end_frozen(void)
{
    steps = LONG_MAX;
    assert_true(moment_thaw(&moment, &steps));
}

static void assert_value(const char *key, const char *value)
{
    const struct entry *entry = entry_at(keys_find(&keys, named(key)));

    assert_non_null(entry);
    assert_span_is(entry_value(entry).span, value);
}

static void frozen_values_are_those_before_the_first_write(void **state)
{
    (void)state;
    set("a", "old");
    assert_int_equal(moment_freeze(&moment), 0);
    set("a", "newer");
    set("a", "newest");
    set("b", "new");
    assert_span_is(moment_frozen_value(&moment, named("a")).span, "old");
    assert_int_equal(moment_frozen_value(&moment, named("b")).span.len, 0);
    assert_value("a", "newest");
    end_frozen();
}

static void a_frozen_value_survives_its_key(void **state)
{
    (void)state;
    set("a", "old");
    assert_int_equal(moment_freeze(&moment), 0);
    moment_before_write(&moment, named("a"), &released);
    assert_true(keys_remove(&keys, named("a")));
    assert_span_is(moment_frozen_value(&moment, named("a")).span, "old");
    end_frozen();
}

static void a_value_that_is_lost_is_not_lost_for_the_next_moment(void **state)
{
    (void)state;
    set("a", "old");
    assert_int_equal(moment_freeze(&moment), 0);
    allocator_refuse(&allocator, 1);
    moment_before_write(&moment, named("a"), &released);
    allocator_refuse_none(&allocator);
    assert_true(moment.lost);
    end_frozen();
    assert_int_equal(moment_freeze(&moment), 0);
    assert_false(moment.lost);
    end_frozen();
}

static void thawing_takes_a_step_for_each_saved_value(void **state)
{
    (void)state;
    assert_int_equal(moment_freeze(&moment), 0);
    set_all("new");
    for (size_t i = 0; i < NAMES - 1; i++) {
        steps = 1;
        assert_false(moment_thaw(&moment, &steps));
        assert_int_equal(steps, 0);
        assert_int_equal(keys_count(&moment.saved), NAMES - 1 - i);
    }
    steps = 1;
    assert_true(moment_thaw(&moment, &steps));
    assert_int_equal(steps, 0);
}

static void a_write_after_thawing_has_begun_saves_nothing(void **state)
{
    (void)state;
    set_all("old");
    assert_int_equal(moment_freeze(&moment), 0);
    set("a", "new");
    set("b", "new");
    steps = 1;
    assert_false(moment_thaw(&moment, &steps));
    set("c", "new");
    assert_int_equal(keys_count(&moment.saved), 1);
    end_frozen();
}

static void settling_takes_a_step_for_each_key(void **state)
{
    (void)state;
    moment_arrive(&moment, arriving_all());
    for (size_t i = 0; i < NAMES - 1; i++) {
        steps = 1;
        assert_false(moment_settle(&moment, &released, &steps));
        assert_int_equal(steps, 0);
        assert_int_equal(keys_count(&keys), i + 1);
    }
    steps = 1;
    assert_true(moment_settle(&moment, &released, &steps));
    assert_int_equal(keys_count(&keys), NAMES);
}

static void a_key_that_is_read_settles_first(void **state)
{
    (void)state;
    set("e", "old");
    moment_arrive(&moment, arriving_all());
    assert_value("e", "old");
    moment_before_read(&moment, named("e"), &released);
    assert_value("e", "new");
    assert_int_equal(keys_count(&keys), 1);
    end_settling();
}

static void a_key_that_is_written_does_not_settle_later(void **state)
{
    (void)state;
    moment_arrive(&moment, arriving_all());
    set("a", "newer");
    end_settling();
    assert_value("a", "newer");
}

static void a_key_that_settles_releases_its_waiters(void **state)
{
    struct waiter waiter = {.missing = 0};

    (void)state;
    assert_int_equal(waiter_add(&waits, &waiter, named("b"), 0), 0);
    moment_arrive(&moment, arriving_all());
    moment_before_read(&moment, named("a"), &released);
    assert_null(released_take(&released));
    moment_before_read(&moment, named("b"), &released);
    assert_ptr_equal(released_take(&released), &waiter);
    end_settling();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(frozen_values_are_those_before_the_first_write),
        TEST(a_frozen_value_survives_its_key),
        TEST(a_value_that_is_lost_is_not_lost_for_the_next_moment),
        TEST(thawing_takes_a_step_for_each_saved_value),
        TEST(a_write_after_thawing_has_begun_saves_nothing),
        TEST(settling_takes_a_step_for_each_key),
        TEST(a_key_that_is_read_settles_first),
        TEST(a_key_that_is_written_does_not_settle_later),
        TEST(a_key_that_settles_releases_its_waiters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
