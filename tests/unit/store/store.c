#include "store/store.h"

#include <stdio.h>

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

enum { NUMBERED_MAX = 24 /* characters of "n" and any number */ };

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct store store;
static long released_steps;
static struct released released;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    released_steps = 0;
    released_init(&released, &released_steps);
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

static const char *numbered(size_t number, char key[NUMBERED_MAX])
{
    snprintf(key, NUMBERED_MAX, "n%zu", number);
    return key;
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

static void a_batch_that_needs_more_buckets_than_memory_allows_is_not_prepared(void **state)
{
    struct batch batch;
    size_t prepared = 0;
    char key[NUMBERED_MAX];

    (void)state;
    batch_init(&batch);
    for (; prepared < 5000; prepared++) {
        allocator_refuse(&allocator, 2); /* the first is the entry */
        if (prepare(&batch, numbered(prepared, key), "1"))
            break;
    }
    assert_int_equal(prepared, 2 * store.keys.table.buckets);
    allocator_refuse_all(&allocator);
    store_commit(&store, &batch, &released);
    allocator_refuse_none(&allocator);
    assert_int_equal(store_count(&store), prepared);
}

static void a_batch_of_existing_keys_takes_its_promises_back(void **state)
{
    struct batch batch;

    (void)state;
    assert_int_equal(set("a", "1"), 0);
    batch_init(&batch);
    assert_int_equal(prepare(&batch, "a", "2"), 0);
    assert_int_equal(prepare(&batch, "b", "3"), 0);
    assert_int_equal(prepare(&batch, "b", "4"), 0);
    assert_int_equal(store.keys.table.promised, 3);
    store_commit(&store, &batch, &released);
    batch_init(&batch);
    assert_int_equal(prepare(&batch, "c", "5"), 0);
    store_discard(&store, &batch);
    assert_int_equal(store.keys.table.promised, 0);
    assert_value("a", "2");
    assert_value("b", "4");
}

static void assert_short_chains(const struct table *table)
{
    assert_true(table->nodes <= 2 * table->buckets);
}

/* Fills the tables without memory for more buckets; then a name more is refused everywhere. */
static void a_name_for_which_a_table_has_no_bucket_is_refused_and_leaves_no_trace(void **state)
{
    struct waiter waiter = {0};
    struct slice value = {.span = text("v")};
    bool refused[3] = {false};
    char key[NUMBERED_MAX];

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        struct name name = store_name(&store, text(numbered(i, key)));
        size_t before;

        memory.limit = memory.used + 512; /* for entries, but not for a segment */
        before = memory.used;
        refused[0] = store_set(&store, name, &value, &released) == TCPSTORE_ENOMEM;
        assert_true(!refused[0] || memory.used == before);
        before = memory.used;
        refused[1] = store_push(&store, name, &value, &released) == TCPSTORE_ENOMEM;
        assert_true(!refused[1] || memory.used == before);
        refused[2] = store_await(&store, &waiter, name, 0) == TCPSTORE_ENOMEM;
    }
    assert_true(refused[0] && refused[1] && refused[2]);
    assert_int_equal(store.keys.table.nodes, 2 * store.keys.table.buckets);
    assert_int_equal(store.queues.table.nodes, 2 * store.queues.table.buckets);
    assert_int_equal(store.waits.table.nodes, 2 * store.waits.table.buckets);
    store_give_up(&store, &waiter);
}

/* Small keys take the room of each entry that leaves a queue, so that there is never room for a
 * segment of buckets. */
static void keys_that_fill_the_gaps_of_a_queue_are_found_quickly(void **state)
{
    enum { ENTRIES = 2000, ENTRY = 1000 };
    static const uint8_t bytes[ENTRY];
    struct slice value = {.span = span_of(bytes, ENTRY)};
    struct name queue = store_name(&store, text("q"));
    size_t keys = 0;
    char key[NUMBERED_MAX];

    (void)state;
    for (size_t i = 0; i < ENTRIES; i++)
        assert_int_equal(store_push(&store, queue, &value, &released), 0);
    memory.limit = memory.used;
    for (size_t i = 0; i < ENTRIES; i++) {
        store_queue_drop(&store, queue);
        while (set(numbered(keys, key), "") == 0)
            keys++;
        assert_short_chains(&store.keys.table);
    }
    for (size_t i = 0; i < keys / 2; i++)
        assert_true(store_delete(&store, store_name(&store, text(numbered(i, key)))));
    assert_true(store.keys.table.nodes * 2 <= store.keys.table.buckets);
}

static void giving_up_piece_by_piece_takes_a_count_back_once(void **state)
{
    struct name barrier = store_name(&store, text("b"));
    struct waiter waiters[2] = {0};
    long steps = 0;
    bool passed;

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(store_barrier(&store, barrier, 3, &waiters[i], &released, &passed), 0);
    assert_value("b", "2");
    for (size_t i = 0; i < 3; i++)
        assert_false(store_give_up_some(&store, &waiters[0], &steps));
    assert_value("b", "1");
    assert_int_equal(set("b", "7"), 0);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_null(released_take(&released));
    steps = 1;
    assert_true(store_give_up_some(&store, &waiters[0], &steps));
    assert_value("b", "7");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(setting_a_value_that_fits_allocates_nothing),
        TEST(setting_a_value_that_is_refused_memory_keeps_the_old_one),
        TEST(committing_a_batch_stores_each_value_and_releases_waiters),
        TEST(discarding_a_batch_stores_nothing),
        TEST(a_batch_that_needs_more_buckets_than_memory_allows_is_not_prepared),
        TEST(a_batch_of_existing_keys_takes_its_promises_back),
        TEST(a_name_for_which_a_table_has_no_bucket_is_refused_and_leaves_no_trace),
        TEST(keys_that_fill_the_gaps_of_a_queue_are_found_quickly),
        TEST(giving_up_piece_by_piece_takes_a_count_back_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
