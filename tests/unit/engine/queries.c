/* Lists of keys are recognised from the second client on, in bounded memory. */
#include "engine/queries.h"

#include "support/allocator.h"
#include "support/test.h"

enum {
    LEN = 1000,
    MAX = 10 * LEN,
};

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct queries queries;
static const int clients[3];
static uint8_t bytes[LEN];

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    queries_init(&queries, &memory, &hash_key, MAX);
    memset(bytes, 'k', sizeof(bytes));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    queries_done(&queries);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

/* The list with that number. */
static struct query *find(uint8_t list, size_t client)
{
    bytes[LEN / 3] = list;
    return queries_find(&queries, span_of(bytes, LEN), &clients[client]);
}

static void a_list_is_remembered_when_a_second_client_sends_it(void **state)
{
    struct query *query;

    (void)state;
    assert_null(find(1, 0));
    assert_null(find(1, 0));
    query = find(1, 1);
    assert_non_null(query);
    assert_ptr_equal(find(1, 0), query);
    assert_ptr_equal(find(1, 2), query);
}

static void lists_that_differ_in_one_byte_are_two(void **state)
{
    (void)state;
    for (size_t at = 0; at < LEN; at++) {
        struct query *query;

        bytes[at] = 'a';
        assert_null(queries_find(&queries, span_of(bytes, LEN), &clients[0]));
        query = queries_find(&queries, span_of(bytes, LEN), &clients[1]);
        assert_non_null(query);
        bytes[at] = 'k';
        assert_ptr_not_equal(queries_find(&queries, span_of(bytes, LEN), &clients[1]), query);
        queries_done(&queries);
        queries_init(&queries, &memory, &hash_key, MAX);
    }
}

static void the_longest_unused_query_makes_room(void **state)
{
    (void)state;
    for (uint8_t list = 1; list <= 9; list++) {
        find(list, 0);
        assert_non_null(find(list, 1));
    }
    assert_non_null(find(1, 0)); /* 2 is the longest unused */
    find(10, 0);
    assert_non_null(find(10, 1));
    assert_true(memory.used <= MAX);
    assert_null(find(2, 1)); /* the client 1 was the last that sent it */
    assert_non_null(find(1, 1));
    assert_non_null(find(3, 1));
}

static void a_list_that_exceeds_all_room_is_not_remembered(void **state)
{
    (void)state;
    queries.max_bytes = LEN;
    assert_null(find(1, 0));
    assert_null(find(1, 1));
    assert_null(find(1, 2));
}

static void without_memory_a_list_is_not_remembered(void **state)
{
    (void)state;
    find(1, 0);
    allocator_refuse(&allocator, 1);
    assert_null(find(1, 1));
    allocator_refuse_none(&allocator);
    assert_non_null(find(1, 2));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_is_remembered_when_a_second_client_sends_it),
        TEST(lists_that_differ_in_one_byte_are_two),
        TEST(the_longest_unused_query_makes_room),
        TEST(a_list_that_exceeds_all_room_is_not_remembered),
        TEST(without_memory_a_list_is_not_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
