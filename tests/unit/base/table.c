#include "base/table.h"

#include <stdlib.h>

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

/* A node whose key is a number. */
struct item {
    struct table_node node;
    uint64_t number;
};

static const struct hash_key hash_key = {{1, 2, 3}};

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct table table;
    struct item *items; /* item i has the number i */
    bool *is_in;        /* expected: whether item i is in the table */
    size_t count;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    allocator_init(&f->allocator, &f->memory);
    assert_int_equal(
        table_init(&f->table, &f->memory, &hash_key, sizeof(struct table_node)), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    table_done(&f->table);
    allocator_check_empty(&f->allocator, &f->memory);
    free(f->items);
    free(f->is_in);
    free(f);
    return 0;
}

static void make_items(struct fixture *f, size_t count)
{
    f->count = count;
    f->items = calloc(count, sizeof(*f->items));
    f->is_in = calloc(count, sizeof(*f->is_in));
    assert_true(f->items != NULL && f->is_in != NULL);
    for (size_t i = 0; i < count; i++)
        f->items[i] = (struct item){.node.key_len = sizeof(uint64_t), .number = i};
}

static struct table_node **find(struct fixture *f, size_t i)
{
    return table_find(
        &f->table, name_of(&hash_key, span_of(&f->items[i].number, sizeof(uint64_t))));
}

/* Returns whether the table accepted the item. */
static bool try_to_insert(struct fixture *f, size_t i)
{
    struct table_node **link = find(f, i);
    int error;

    assert_null(*link);
    error = table_insert(&f->table, link, &f->items[i].node);
    f->is_in[i] = error == 0;
    if (error)
        assert_int_equal(error, TCPSTORE_ENOMEM);
    return error == 0;
}

static void insert(struct fixture *f, size_t i)
{
    assert_true(try_to_insert(f, i));
}

static void insert_promised(struct fixture *f, size_t i)
{
    struct table_node **link = find(f, i);

    assert_null(*link);
    table_insert_promised(&f->table, link, &f->items[i].node);
    f->is_in[i] = true;
}

static void take_out(struct fixture *f, size_t i)
{
    struct table_node **link = find(f, i);

    assert_ptr_equal(*link, &f->items[i].node);
    table_remove(&f->table, link);
    f->is_in[i] = false;
}

/* Looks up each `step`th item from `start` on. */
static void check_with_model(struct fixture *f, size_t start, size_t step)
{
    for (size_t i = start; i < f->count; i += step)
        assert_ptr_equal(*find(f, i), f->is_in[i] ? &f->items[i].node : NULL);
}

static void an_empty_table_finds_nothing(void **state)
{
    struct fixture *f = *state;

    make_items(f, 10);
    check_with_model(f, 0, 1);
    assert_null(table_pop(&f->table));
}

static void all_nodes_are_found_after_each_insertion_and_removal(void **state)
{
    struct fixture *f = *state;

    make_items(f, 1100);
    for (size_t i = 0; i < f->count; i++) {
        insert(f, i);
        check_with_model(f, 0, i < 40 ? 1 : 7);
    }
    for (size_t i = 0; i < f->count; i++) {
        take_out(f, i);
        check_with_model(f, i % 7, f->count - i < 40 ? 1 : 7);
    }
}

enum {
    MANY = 100000,
    STRIDE = 38501, /* coprime to MANY: visits all in another order */
    SAMPLE = 997,
};

static void a_hundred_thousand_keys_are_inserted_and_removed(void **state)
{
    struct fixture *f = *state;

    make_items(f, MANY);
    for (size_t i = 0; i < MANY; i++) {
        insert(f, i);
        if (i % 500 == 0)
            check_with_model(f, i % SAMPLE, SAMPLE);
    }
    check_with_model(f, 0, 1);
    assert_int_equal(f->table.nodes, MANY);
    for (size_t i = 0; i < MANY; i++) {
        take_out(f, i * STRIDE % MANY);
        if (i % 500 == 0)
            check_with_model(f, i % SAMPLE, SAMPLE);
    }
    check_with_model(f, 0, 1);
    assert_int_equal(f->table.nodes, 0);
}

static size_t longest_chain(const struct table *table, size_t bucket_count)
{
    size_t longest = 0;

    for (size_t i = 0; i < bucket_count; i++) {
        size_t length = 0;

        for (const struct table_node *node = table->segments[i / 512][i % 512]; node != NULL;
             node = node->next)
            length++;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void chains_stay_short_while_the_table_grows(void **state)
{
    struct fixture *f = *state;

    make_items(f, MANY);
    for (size_t i = 0; i < MANY; i++)
        insert(f, i);
    assert_in_range(longest_chain(&f->table, f->table.buckets), 1, 16);
    while (table_pop(&f->table) != NULL)
        ;
}

static void removing_all_nodes_frees_all_added_segments(void **state)
{
    struct fixture *f = *state;
    size_t blocks = f->allocator.blocks;

    make_items(f, 20000);
    for (size_t i = 0; i < f->count; i++)
        insert(f, i);
    assert_true(f->allocator.blocks > blocks);
    for (size_t i = 0; i < f->count; i++)
        take_out(f, i);
    assert_int_equal(f->allocator.blocks, blocks);
}

static void removing_half_of_the_nodes_keeps_all_buckets(void **state)
{
    struct fixture *f = *state;
    size_t used;

    make_items(f, 20000);
    for (size_t i = 0; i < f->count; i++)
        insert(f, i);
    used = f->memory.used;
    for (size_t i = 0; i < f->count / 2; i++)
        take_out(f, i);
    assert_int_equal(f->memory.used, used);
    while (table_pop(&f->table) != NULL)
        ;
}

static void an_insertion_allocates_at_most_a_segment_and_its_slot(void **state)
{
    struct fixture *f = *state;

    make_items(f, 50000);
    for (size_t i = 0; i < f->count; i++) {
        size_t requests = f->allocator.requests;

        insert(f, i);
        assert_in_range(f->allocator.requests - requests, 0, 2);
    }
    while (table_pop(&f->table) != NULL)
        ;
}

/* Inserts items from `first` on until one is refused. Returns its number. */
static size_t fill(struct fixture *f, size_t first)
{
    size_t i = first;

    while (i < f->count && try_to_insert(f, i))
        i++;
    assert_true(i < f->count);
    return i;
}

static void an_insertion_is_refused_only_if_buckets_have_two_nodes_and_cannot_be_added(
    void **state)
{
    struct fixture *f = *state;
    size_t refused;

    make_items(f, 5000);
    allocator_refuse_all(&f->allocator);
    refused = fill(f, 0);
    assert_int_equal(f->table.nodes, refused);
    assert_int_equal(f->table.nodes, 2 * f->table.buckets);
    assert_in_range(longest_chain(&f->table, f->table.buckets), 2, 16);
    check_with_model(f, 0, 1);
    take_out(f, 7);
    insert(f, refused);
    assert_false(try_to_insert(f, 7));
    check_with_model(f, 0, 1);
    for (size_t i = 0; i < f->count; i++) {
        if (f->is_in[i])
            take_out(f, i);
    }
    assert_int_equal(f->table.nodes, 0);
}

static bool has_caught_up(const struct table *table)
{
    return table->buckets >= 2 * table->nodes;
}

/* Each change splits a few buckets: three for each insertion, two of which it needs itself. */
static void insertions_after_refusals_catch_up(void **state)
{
    struct fixture *f = *state;
    size_t next;

    make_items(f, 6000);
    allocator_refuse_all(&f->allocator);
    next = fill(f, 0);
    allocator_refuse_none(&f->allocator);
    for (size_t behind = f->table.nodes * 2 - f->table.buckets; behind > 0; behind--) {
        assert_false(has_caught_up(&f->table));
        insert(f, next++);
    }
    assert_true(has_caught_up(&f->table));
    check_with_model(f, 0, 1);
    while (table_pop(&f->table) != NULL)
        ;
}

static void removals_after_refusals_catch_up(void **state)
{
    struct fixture *f = *state;
    size_t next;

    make_items(f, 2000);
    allocator_refuse_all(&f->allocator);
    next = fill(f, 0);
    allocator_refuse_none(&f->allocator);
    for (size_t i = 0; i < next / 3; i++) {
        size_t requests = f->allocator.requests;

        take_out(f, i);
        assert_in_range(f->allocator.requests - requests, 0, 2);
    }
    assert_true(has_caught_up(&f->table));
    check_with_model(f, 0, 1);
    while (table_pop(&f->table) != NULL)
        ;
}

static void promised_nodes_are_inserted_without_memory(void **state)
{
    struct fixture *f = *state;
    size_t buckets;

    make_items(f, 5000);
    insert(f, 0);
    for (size_t i = 1; i < 4000; i++)
        assert_int_equal(table_promise(&f->table), 0);
    buckets = f->table.buckets;
    assert_true(buckets >= 8000);
    allocator_refuse_all(&f->allocator);
    for (size_t i = 1; i < 4000; i++)
        insert_promised(f, i);
    assert_int_equal(f->table.buckets, buckets);
    assert_int_equal(f->table.promised, 0);
    check_with_model(f, 0, 1);
    for (size_t i = 0; i < 4000; i++)
        take_out(f, i);
}

static void nodes_that_are_promised_fill_the_table(void **state)
{
    struct fixture *f = *state;
    size_t promised = 0;
    size_t refused;

    make_items(f, 5000);
    allocator_refuse_all(&f->allocator);
    while (promised < 5000 && table_promise(&f->table) == 0)
        promised++;
    assert_int_equal(promised, 2 * f->table.buckets);
    assert_false(try_to_insert(f, 0));
    table_withdraw(&f->table);
    insert(f, 0);
    assert_false(try_to_insert(f, 1));
    for (size_t i = 1; i < promised; i++)
        insert_promised(f, i);
    assert_int_equal(f->table.nodes, promised);
    refused = fill(f, promised);
    assert_int_equal(refused, promised);
    check_with_model(f, 0, 1);
    while (table_pop(&f->table) != NULL)
        ;
}

static void withdrawing_all_promises_frees_all_added_segments(void **state)
{
    struct fixture *f = *state;
    size_t blocks = f->allocator.blocks;

    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(table_promise(&f->table), 0);
    assert_true(f->allocator.blocks > blocks);
    for (size_t i = 0; i < 5000; i++)
        table_withdraw(&f->table);
    assert_int_equal(f->allocator.blocks, blocks);
}

/* Inserts all items and takes some out meanwhile, while the `nth` allocation is refused. */
static void change_much(struct fixture *f, size_t nth)
{
    allocator_refuse(&f->allocator, nth);
    for (size_t i = 0; i < f->count; i++) {
        insert(f, i);
        if (i % 3 == 2)
            take_out(f, i / 2);
    }
    assert_true(has_caught_up(&f->table));
    check_with_model(f, 0, 1);
    for (size_t i = 0; i < f->count; i++) {
        if (f->is_in[i])
            take_out(f, i);
    }
}

/* None fails: the table is never full after one refusal. */
static void any_one_refused_allocation_is_made_up_for(void **state)
{
    struct fixture *f = *state;
    bool refused = true;

    make_items(f, 3000);
    for (size_t nth = 1; refused; nth++) {
        change_much(f, nth);
        refused = allocator_has_refused(&f->allocator);
        allocator_refuse_none(&f->allocator);
    }
    assert_true(f->allocator.refused > 5);
}

static void popping_returns_each_node_once(void **state)
{
    struct fixture *f = *state;
    struct table_node *node;

    make_items(f, 3000);
    for (size_t i = 0; i < f->count; i++)
        insert(f, i);
    while ((node = table_pop(&f->table)) != NULL) {
        size_t i = (size_t)((struct item *)node - f->items);

        assert_true(f->is_in[i]);
        f->is_in[i] = false;
    }
    for (size_t i = 0; i < f->count; i++)
        assert_false(f->is_in[i]);
    assert_int_equal(f->table.nodes, 0);
}

static struct table_node **find_text(struct fixture *f, const char *key)
{
    return table_find(&f->table, name_of(&hash_key, text(key)));
}

static void keys_that_are_prefixes_of_others_are_kept_apart(void **state)
{
    struct fixture *f = *state;
    struct {
        struct table_node node;
        char key[4];
    } a = {{.key_len = 1}, "a"}, aa = {{.key_len = 2}, "aa"}, empty = {{.key_len = 0}, ""};

    assert_int_equal(table_insert(&f->table, find_text(f, "a"), &a.node), 0);
    assert_int_equal(table_insert(&f->table, find_text(f, "aa"), &aa.node), 0);
    assert_int_equal(table_insert(&f->table, find_text(f, ""), &empty.node), 0);
    assert_ptr_equal(*find_text(f, "a"), &a.node);
    assert_ptr_equal(*find_text(f, "aa"), &aa.node);
    assert_ptr_equal(*find_text(f, ""), &empty.node);
    assert_null(*find_text(f, "aaa"));
    assert_span_is(table_key(&f->table, &aa.node), "aa");
}

static void table_init_that_is_refused_memory_frees_all(void **state)
{
    (void)state;
    for (size_t nth = 1; nth <= 2; nth++) {
        struct allocator allocator;
        struct memory memory;
        struct table table;

        allocator_init(&allocator, &memory);
        allocator_refuse(&allocator, nth);
        assert_int_equal(table_init(&table, &memory, &hash_key, 16), TCPSTORE_ENOMEM);
        allocator_check_empty(&allocator, &memory);
    }
}

#define TABLE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(an_empty_table_finds_nothing),
        TABLE_TEST(all_nodes_are_found_after_each_insertion_and_removal),
        TABLE_TEST(a_hundred_thousand_keys_are_inserted_and_removed),
        TABLE_TEST(chains_stay_short_while_the_table_grows),
        TABLE_TEST(removing_all_nodes_frees_all_added_segments),
        TABLE_TEST(removing_half_of_the_nodes_keeps_all_buckets),
        TABLE_TEST(an_insertion_allocates_at_most_a_segment_and_its_slot),
        TABLE_TEST(an_insertion_is_refused_only_if_buckets_have_two_nodes_and_cannot_be_added),
        TABLE_TEST(insertions_after_refusals_catch_up),
        TABLE_TEST(removals_after_refusals_catch_up),
        TABLE_TEST(promised_nodes_are_inserted_without_memory),
        TABLE_TEST(nodes_that_are_promised_fill_the_table),
        TABLE_TEST(withdrawing_all_promises_frees_all_added_segments),
        TABLE_TEST(any_one_refused_allocation_is_made_up_for),
        TABLE_TEST(popping_returns_each_node_once),
        TABLE_TEST(keys_that_are_prefixes_of_others_are_kept_apart),
        cmocka_unit_test(table_init_that_is_refused_memory_frees_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
