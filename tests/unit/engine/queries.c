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
    KEYS = 500, /* half of them are enough to tell that a request is the same */
    KEY_LEN = 12,
    LEN = WIRE_COUNTED_HEAD + KEYS * (8 + KEY_LEN),
    FIRST_KEY = WIRE_COUNTED_HEAD + 8,
    MAX = 10 * (LEN + 300),
};

static const struct hash_key hash_key = {{1, 2, 3}};
static const struct wire_limits limits = {
    .key_bytes = 1000, .value_bytes = 1000, .keys_per_request = 1000};

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

/* A share of the query that has the first `len` bytes. NULL: none has. */
static struct blob *follow(size_t len)
{
    struct query *query = queries_follow(&queries, span_of(bytes, len), &clients[2], &steps);

    return query == NULL || query->len < len ? NULL : blob_retain(query->request);
}

static struct query *begin(size_t len, size_t client)
{
    return queries_begin(&queries, &limits, span_of(bytes, len), &clients[client], &steps);
}

/* Sends the bytes up to `end` in pieces of `piece`. */
static void extend(struct query *query, size_t end, size_t piece)
{
    while (query->len < end) {
        struct span more = span_of(bytes + query->len, piece);

        if (query->len + piece > end)
            more.len = end - query->len;
        assert_true(queries_extend(&queries, &limits, query, &more, &steps));
    }
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

    (void)state;
    while (queries.bytes + LEN + sizeof(struct query) + sizeof(struct blob) <= MAX)
        assert_non_null(remember(++number));
    assert_non_null(find(1, 0)); /* 2 is the longest unused */
    assert_non_null(remember(++number));
    assert_true(memory.used <= MAX);
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

static void unfinished_requests_make_way_for_one_that_begins_alike(void **state)
{
    struct blob *blobs[QUERY_WAYS];

    (void)state;
    for (int i = 0; i < QUERY_WAYS; i++) {
        bytes[LEN / 4] = (uint8_t)i;
        blobs[i] = blob_retain(begin(LEN / 2, 0)->request);
    }
    bytes[LEN / 4] = QUERY_WAYS;
    assert_non_null(begin(LEN / 2, 1));
    assert_non_null(remember('k'));
    for (int i = 0; i < QUERY_WAYS; i++)
        blob_release(blobs[i]);
}

static void if_all_are_followed_nothing_is_remembered(void **state)
{
    struct blob *blobs[UINT8_MAX];
    uint8_t number = 0;
    uint8_t count;

    (void)state;
    while (queries.bytes + LEN + sizeof(struct query) + sizeof(struct blob) <= MAX) {
        remember(++number);
        blobs[number] = follow(LEN);
    }
    count = number;
    assert_null(remember(++number));
    for (number = 1; number <= count; number++)
        blob_release(blobs[number]);
    assert_non_null(remember(number));
}

static void a_request_that_arrives_in_pieces_is_extended_until_it_is_whole(void **state)
{
    (void)state;
    for (size_t first = FIRST_KEY + KEY_LEN; first < LEN; first += 37) {
        for (size_t piece = 1; piece < LEN; piece += 113) {
            struct query *query = begin(first, 0);

            assert_non_null(query);
            extend(query, LEN, piece);
            assert_true(query->is_whole);
            assert_memory_equal(query->request->bytes, bytes, LEN);
            queries_done(&queries);
            queries_init(&queries, &memory, &hash_key, MAX);
        }
    }
}

static void what_arrives_in_pieces_can_be_followed_as_far_as_it_has_arrived(void **state)
{
    struct query *query = begin(LEN / 3, 0);

    (void)state;
    for (size_t end = LEN / 3; end < LEN; end += 50) {
        struct blob *blob;

        extend(query, end, 50);
        blob = follow(end);
        assert_ptr_equal(blob, query->request);
        blob_release(blob);
        assert_null(follow(end + 1));
        bytes[end - 1] ^= 1;
        assert_null(follow(end));
        bytes[end - 1] ^= 1;
    }
}

static void bytes_after_the_request_are_left(void **state)
{
    uint8_t more[LEN + 5] = {0};
    struct span left = span_of(more + LEN / 2, LEN + 5 - LEN / 2);
    struct query *query;

    (void)state;
    memcpy(more, bytes, LEN);
    query = begin(LEN / 2, 0);
    while (!query->is_whole)
        assert_true(queries_extend(&queries, &limits, query, &left, &steps));
    assert_int_equal(left.len, 5);
}

static void invalid_bytes_extend_nothing(void **state)
{
    struct query *query = begin(LEN / 2, 0);
    size_t at = WIRE_COUNTED_HEAD + KEYS / 2 * (8 + KEY_LEN);
    struct span more = span_of(bytes + at, LEN - at);

    (void)state;
    extend(query, at, 1);
    bytes_put_u64(bytes + at, 1001);
    while (more.len > 8 && queries_extend(&queries, &limits, query, &more, &steps))
        continue;
    assert_true(query->len < at + 8);
    bytes_put_u64(bytes + at, KEY_LEN);
    extend(query, LEN, 100);
    assert_true(query->is_whole);
    bytes_put_u64(bytes + 1, 1001);
    assert_null(begin(LEN / 2, 0));
}

static void a_request_of_one_client_is_forgotten_once_it_is_whole(void **state)
{
    (void)state;
    extend(begin(LEN / 2, 0), LEN, 100);
    assert_null(find_bytes(0));
    assert_int_equal(queries.bytes, 0);
    extend(begin(LEN / 2, 1), LEN, 100); /* was seen */
    assert_non_null(find_bytes(1));
}

static void a_request_of_which_another_client_has_a_short_start_is_forgotten(void **state)
{
    (void)state;
    extend(begin(LEN / 2, 0), LEN, 100);
    blob_release(follow(1000));
    assert_null(find_bytes(0));
}

static void a_request_that_another_client_follows_is_kept(void **state)
{
    (void)state;
    extend(begin(LEN / 2, 0), LEN, 100);
    blob_release(follow(LEN / 2));
    assert_non_null(find_bytes(0));
}

static void without_memory_a_request_is_not_extended(void **state)
{
    struct query *query = begin(LEN / 2, 0);
    struct span more = span_of(bytes + LEN / 2, LEN - LEN / 2);

    (void)state;
    allocator_refuse(&allocator, 1);
    assert_false(queries_extend(&queries, &limits, query, &more, &steps));
    allocator_refuse_none(&allocator);
    assert_int_equal(query->len, LEN / 2);
    queries.max_bytes = queries.bytes;
    assert_false(queries_extend(&queries, &limits, query, &more, &steps));
    queries.max_bytes = MAX;
    extend(query, LEN, LEN);
    assert_true(query->is_whole);
}

static void who_follows_a_request_that_grows_keeps_the_bytes_so_far(void **state)
{
    struct query *query = begin(LEN / 4, 0);
    struct blob *blob = follow(LEN / 4);

    (void)state;
    extend(query, LEN, 100);
    assert_ptr_not_equal(query->request, blob);
    assert_memory_equal(blob->bytes, bytes, LEN / 4);
    blob_release(blob);
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

static void a_reply_is_kept_in_place_of_the_one_before(void **state)
{
    struct query *query = remember(1);
    size_t without = queries.bytes;

    (void)state;
    assert_true(queries_make_room_for_reply(&queries, query, LEN));
    queries_keep_reply(&queries, query, new_reply(LEN), 7);
    assert_int_equal(query->reply.span.len, LEN);
    assert_int_equal(query->reply_since, 7);
    assert_true(queries_make_room_for_reply(&queries, query, (size_t)2 * LEN));
    assert_int_equal(queries.bytes, without);
    queries_keep_reply(&queries, query, new_reply((size_t)2 * LEN), 8);
    assert_int_equal(queries.bytes, without + (size_t)2 * LEN);
}

static void other_queries_make_room_for_a_reply(void **state)
{
    struct query *query = remember(1);

    (void)state;
    for (uint8_t number = 2; number < 10; number++)
        assert_non_null(remember(number));
    find(1, 0);
    assert_true(queries_make_room_for_reply(&queries, query, MAX / 4));
    assert_true(queries.bytes <= MAX - MAX / 4);
    assert_ptr_equal(find(1, 0), query);
}

static void a_reply_that_is_too_long_makes_no_room(void **state)
{
    struct query *query = remember(1);
    size_t bytes_before;

    (void)state;
    remember(2);
    bytes_before = queries.bytes;
    assert_false(queries_make_room_for_reply(&queries, query, MAX));
    assert_int_equal(queries.bytes, bytes_before);
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
        TEST(unfinished_requests_make_way_for_one_that_begins_alike),
        TEST(if_all_are_followed_nothing_is_remembered),
        TEST(a_request_that_arrives_in_pieces_is_extended_until_it_is_whole),
        TEST(what_arrives_in_pieces_can_be_followed_as_far_as_it_has_arrived),
        TEST(bytes_after_the_request_are_left),
        TEST(invalid_bytes_extend_nothing),
        TEST(a_request_of_one_client_is_forgotten_once_it_is_whole),
        TEST(a_request_of_which_another_client_has_a_short_start_is_forgotten),
        TEST(a_request_that_another_client_follows_is_kept),
        TEST(without_memory_a_request_is_not_extended),
        TEST(who_follows_a_request_that_grows_keeps_the_bytes_so_far),
        TEST(comparing_takes_steps),
        TEST(a_reply_is_kept_in_place_of_the_one_before),
        TEST(other_queries_make_room_for_a_reply),
        TEST(a_reply_that_is_too_long_makes_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
