#include "store/store.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct store store;
static struct released released;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    released_init(&released);
    return store_init(&store, &memory, &memory, &hash_key);
}

static int tear_down(void **state)
{
    (void)state;
    store_done(&store);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static int set(const char *key, const char *value)
{
    return store_set(
        &store, store_name(&store, text(key)), &(struct slice){.span = text(value)}, &released);
}

static int prepare(struct batch *batch, const char *key, const char *value)
{
    return store_prepare(&store, batch, text(key), &(struct slice){.span = text(value)});
}

static void assert_value(const char *key, const char *value)
{
    assert_span_is(store_get(&store, store_name(&store, text(key))).span, value);
}

static void setting_a_value_that_fits_allocates_nothing(void **state)
{
    (void)state;
    assert_int_equal(set("k", "value"), 0);
    allocator_refuse_all(&allocator);
    assert_int_equal(set("k", "other"), 0);
    allocator_refuse_none(&allocator);
    assert_value("k", "other");
}

static void setting_a_value_that_is_refused_memory_keeps_the_old_one(void **state)
{
    (void)state;
    assert_int_equal(set("k", "value"), 0);
    allocator_refuse_all(&allocator);
    assert_int_equal(set("k", "a value that needs much more room"), TCPSTORE_ENOMEM);
    allocator_refuse_none(&allocator);
    assert_value("k", "value");
}

static void committing_a_batch_stores_each_value_and_releases_waiters(void **state)
{
    struct waiter waiter = {0};
    struct batch batch;

    (void)state;
    assert_int_equal(store_await(&store, &waiter, store_name(&store, text("a")), 1), 0);
    assert_int_equal(store_await(&store, &waiter, store_name(&store, text("b")), 0), 0);
    batch_init(&batch);
    assert_int_equal(prepare(&batch, "a", "1"), 0);
    assert_int_equal(prepare(&batch, "b", "2"), 0);
    assert_int_equal(prepare(&batch, "a", "3"), 0);
    store_commit(&store, &batch, &released);
    assert_value("a", "3");
    assert_value("b", "2");
    assert_ptr_equal(released_take(&released), &waiter);
    assert_int_equal(store_count(&store), 2);
}

static void discarding_a_batch_stores_nothing(void **state)
{
    struct batch batch;

    (void)state;
    batch_init(&batch);
    assert_int_equal(prepare(&batch, "a", "1"), 0);
    store_discard(&store, &batch);
    assert_int_equal(store_count(&store), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(setting_a_value_that_fits_allocates_nothing),
        TEST(setting_a_value_that_is_refused_memory_keeps_the_old_one),
        TEST(committing_a_batch_stores_each_value_and_releases_waiters),
        TEST(discarding_a_batch_stores_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
