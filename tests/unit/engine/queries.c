/* Requests are recognised from the second client on, and while they arrive, in bounded memory.
 */
#include "engine/queries.h"

#include <limits.h>

#include "base/bytes.h"
#include "base/step.h"
#include "support/allocator.h"
#include "support/test.h"
#include "wire/opcode.h"

enum {
    KEYS = 100,
    KEY_LEN = 12,
    LEN = WIRE_COUNTED_HEAD + KEYS * (8 + KEY_LEN),
    FIRST_KEY = WIRE_COUNTED_HEAD + 8,
    MAX = 10 * (LEN + 150),
};

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct queries queries;
static const int clients[3];
static uint8_t bytes[LEN];
static long steps;

static void write_request(void)
{
    memset(bytes, 'k', sizeof(bytes));
    bytes[0] = WIRE_WAIT;
    bytes_put_u64(bytes + WIRE_OPCODE_SIZE, KEYS);
    for (size_t key = 0; key < KEYS; key++)
        bytes_put_u64(bytes + WIRE_COUNTED_HEAD + key * (8 + KEY_LEN), KEY_LEN);
}

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    queries_init(&queries, &memory, &hash_key, MAX);
    write_request();
    steps = LONG_MAX;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    queries_done(&queries);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static struct query *find_bytes(size_t client)
{
    return queries_find(&queries, span_of(bytes, LEN), &clients[client], &steps);
}

/* The request with that number. */
static struct query *find(uint8_t number, size_t client)
{
    bytes[FIRST_KEY] = number;
    return find_bytes(client);
}

static struct query *remember(uint8_t number)
{
    find(number, 0);
    return find(number, 1);
}

static struct blob *follow(size_t len)
{
    return queries_follow(&queries, span_of(bytes, len), &steps);
}

static void a_request_is_remembered_when_a_second_client_sends_it(void **state)
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

static void requests_that_differ_in_one_byte_are_two(void **state)
{
    struct query *query = remember('k');

    (void)state;
    assert_non_null(query);
    for (size_t at = 0; at < LEN; at++) {
        bytes[at] ^= 1;
        if (at < WIRE_COUNTED_HEAD || at >= FIRST_KEY)
            assert_ptr_not_equal(find_bytes(0), query);
        bytes[at] ^= 1;
    }
}

/* Those that begin alike are in one set. */
static void as_many_requests_that_begin_alike_are_remembered_as_a_set_has(void **state)
{
    struct query *first;

    (void)state;
    for (int number = 0; number < QUERY_WAYS; number++) {
        bytes[LEN / 2] = (uint8_t)number;
        find_bytes(0);
        assert_non_null(find_bytes(1));
    }
    bytes[LEN / 2] = 0;
    first = find_bytes(0);
    assert_non_null(first);
    bytes[LEN / 2] = QUERY_WAYS;
    find_bytes(0);
    assert_non_null(find_bytes(1)); /* in place of 1, the longest unused */
    bytes[LEN / 2] = 0;
    assert_ptr_equal(find_bytes(0), first);
    bytes[LEN / 2] = 1;
    assert_null(find_bytes(1));
}

static void the_longest_unused_query_makes_room(void **state)
{
    uint8_t number = 0;
    uint8_t last;

    (void)state;
    while (queries.bytes + LEN + sizeof(struct query) <= MAX)
        assert_non_null(remember(++number));
    last = number;
    assert_non_null(find(1, 0)); /* 2 is the longest unused */
    assert_non_null(remember(++number));
    assert_true(memory.used <= MAX + last * sizeof(struct blob));
    assert_null(find(2, 1));
    assert_non_null(find(1, 1));
    assert_non_null(find(3, 1));
}

static void a_request_that_exceeds_all_room_is_not_remembered(void **state)
{
    (void)state;
    queries.max_bytes = LEN;
    assert_null(find(1, 0));
    assert_null(find(1, 1));
    assert_null(find(1, 2));
}

static void without_memory_a_request_is_not_remembered(void **state)
{
    (void)state;
    find(1, 0);
    for (size_t refused = 1; refused <= 2; refused++) {
        allocator_refuse(&allocator, refused);
        assert_null(find(1, refused % 2));
    }
    allocator_refuse_none(&allocator);
    assert_non_null(find(1, 2));
}

static void a_request_is_followed_from_its_first_key_on(void **state)
{
    struct query *query = remember(1);

    (void)state;
    for (size_t len = 1; len <= LEN; len++) {
        struct blob *blob = follow(len);

        assert_ptr_equal(blob, len < FIRST_KEY + KEY_LEN ? NULL : query->request);
        blob_release(blob);
    }
}

static void another_request_is_not_followed(void **state)
{
    (void)state;
    remember(1);
    bytes[LEN / 2] ^= 1;
    assert_null(follow(LEN));
    assert_null(follow(LEN / 2 + 1));
    blob_release(follow(LEN / 2));
}

static void a_request_that_is_followed_does_not_make_room(void **state)
{
    struct query *query = remember(1);
    struct blob *blob = follow(LEN);

    (void)state;
    for (uint8_t number = 2; number < 50; number++)
        assert_non_null(remember(number));
    assert_ptr_equal(find(1, 0), query);
    blob_release(blob);
    for (uint8_t number = 2; number < 50; number++)
        remember(number);
    assert_ptr_not_equal(find(1, 0), query);
}

static void if_all_are_followed_nothing_is_remembered(void **state)
{
    struct blob *blobs[UINT8_MAX];
    uint8_t number = 0;
    uint8_t count;

    (void)state;
    while (queries.bytes + LEN + sizeof(struct query) <= MAX) {
        remember(++number);
        blobs[number] = follow(LEN);
    }
    count = number;
    assert_null(remember(++number));
    for (number = 1; number <= count; number++)
        blob_release(blobs[number]);
    assert_non_null(remember(number));
}

static void comparing_takes_steps(void **state)
{
    (void)state;
    remember(1);
    bytes[LEN - 1] ^= 1;
    steps = 1000;
    find_bytes(1);
    assert_int_equal(steps, 1000 - LEN / STEP_BYTES);
    follow(LEN);
    assert_int_equal(steps, 1000 - 2 * (LEN / STEP_BYTES));
}

static struct slice new_reply(size_t len)
{
    struct blob *blob = blob_new(&memory, len);

    assert_non_null(blob);
    return (struct slice){span_of(blob->bytes, len), blob};
}

static void a_reply_is_kept_in_place_of_the_one_before_if_it_has_room(void **state)
{
    struct query *query = remember(1);
    size_t without = queries.bytes;

    (void)state;
    assert_true(queries_keep_reply(&queries, query, new_reply(LEN), 7));
    assert_int_equal(query->reply.span.len, LEN);
    assert_int_equal(query->reply_since, 7);
    assert_true(queries_keep_reply(&queries, query, new_reply((size_t)2 * LEN), 8));
    assert_int_equal(queries.bytes, without + (size_t)2 * LEN);
    assert_false(queries_keep_reply(&queries, query, new_reply(MAX), 9));
    assert_null(query->reply.blob);
    assert_int_equal(queries.bytes, without);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_remembered_when_a_second_client_sends_it),
        TEST(requests_that_differ_in_one_byte_are_two),
        TEST(as_many_requests_that_begin_alike_are_remembered_as_a_set_has),
        TEST(the_longest_unused_query_makes_room),
        TEST(a_request_that_exceeds_all_room_is_not_remembered),
        TEST(without_memory_a_request_is_not_remembered),
        TEST(a_request_is_followed_from_its_first_key_on),
        TEST(another_request_is_not_followed),
        TEST(a_request_that_is_followed_does_not_make_room),
        TEST(if_all_are_followed_nothing_is_remembered),
        TEST(comparing_takes_steps),
        TEST(a_reply_is_kept_in_place_of_the_one_before_if_it_has_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
