#include "store/keys_append.h"

#include <stdlib.h>
#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct keys keys;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    return keys_init(&keys, &memory, &hash_key);
}

static int tear_down(void **state)
{
    (void)state;
    keys_done(&keys);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static struct name named(const char *key)
{
    return name_of(&hash_key, text(key));
}

static struct table_node **find(const char *key)
{
    return keys_find(&keys, named(key));
}

static void put_slice(const char *key, const struct slice *value)
{
    struct entry *entry = entry_new(keys.table.memory, text(key), value);

    assert_non_null(entry);
    assert_int_equal(keys_put(&keys, find(key), entry), 0);
}

static void put(const char *key, struct span value)
{
    put_slice(key, &(struct slice){.span = value});
}

static struct slice value_of(const char *key)
{
    struct entry *entry = entry_at(find(key));

    assert_non_null(entry);
    return entry_value(entry);
}

/* Sizes below and above the largest that an entry holds itself. */
static void values_of_every_size_are_kept(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 1023, 1024, 1025, 5000, 100000};
    uint8_t *bytes = malloc(100000);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < 100000; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        put("k", span_of(bytes, sizes[i]));
        assert_spans_equal(value_of("k").span, span_of(bytes, sizes[i]));
        assert_int_equal(value_of("k").blob != NULL, sizes[i] > 1024);
        assert_int_equal(keys_count(&keys), 1);
    }
    free(bytes);
}

/* Of these 96 bytes 16 are for two buckets. */
static void a_32_byte_key_with_an_8_byte_value_takes_96_bytes(void **state)
{
    size_t before = memory.used;

    (void)state;
    put("a name of exactly thirty-two byt", text("8 bytes."));
    assert_int_equal(memory.used - before + 2 * sizeof(void *), 96);
}

static void a_value_that_fills_its_blob_shares_it_and_any_other_is_copied(void **state)
{
    struct blob *blob = blob_new(&memory, 8000);

    (void)state;
    assert_non_null(blob);
    memset(blob->bytes, 'x', 8000);
    put_slice("most", &(struct slice){span_of(blob->bytes, 6000), blob});
    assert_ptr_equal(value_of("most").blob, blob);
    put_slice("less", &(struct slice){span_of(blob->bytes, 5999), blob});
    assert_ptr_not_equal(value_of("less").blob, blob);
    assert_int_equal(blob->owners, 2);
    blob_release(blob);
}

static void numbers_are_rewritten_in_place(void **state)
{
    struct entry *entry = entry_new_number(keys.table.memory, text("n"), 9);

    (void)state;
    assert_non_null(entry);
    assert_int_equal(keys_put(&keys, find("n"), entry), 0);
    allocator_refuse_all(&allocator);
    assert_true(entry_write_number(entry, INT64_MIN));
    assert_span_is(value_of("n").span, "-9223372036854775808");
    allocator_refuse_none(&allocator);
}

static void append_to(const char *key, struct span bytes)
{
    assert_int_equal(keys_append(&keys, find(key), bytes), 0);
}

static void append_byte_by_byte(size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(i * 13);

        append_to("k", span_of(&byte, 1));
    }
}

/* If each append allocated, there would be as many requests as bytes. */
static void appending_byte_by_byte_allocates_rarely(void **state)
{
    enum { BYTES = 20000 };
    size_t before;

    (void)state;
    put("k", text(""));
    before = allocator.requests;
    append_byte_by_byte(BYTES);
    assert_true(allocator.requests - before < 60);
    assert_int_equal(value_of("k").span.len, BYTES);
    for (size_t i = 0; i < BYTES; i++)
        assert_int_equal(value_of("k").span.bytes[i], (uint8_t)(i * 13));
}

/* A value of 5,000 bytes in a blob that the keys have made, with room for as many more. */
static void put_large(const char *key)
{
    uint8_t bytes[5000];

    memset(bytes, 'x', sizeof(bytes));
    put(key, text(""));
    append_to(key, span_of(bytes, sizeof(bytes)));
    assert_int_equal(value_of(key).blob->capacity, 10000);
}

/* What a reply in a backlog owns. */
static struct slice share(const char *key)
{
    struct slice value = value_of(key);

    blob_retain(value.blob);
    return value;
}

static void appending_to_a_shared_value_changes_no_reply_and_copies_nothing(void **state)
{
    uint8_t before[5000];
    struct slice replies[3];

    (void)state;
    put_large("k");
    memset(before, 'x', sizeof(before));
    allocator_refuse_all(&allocator);
    for (size_t i = 0; i < 3; i++) {
        replies[i] = share("k");
        append_to("k", text("0123456789"));
    }
    allocator_refuse_none(&allocator);
    assert_int_equal(value_of("k").span.len, 5030);
    assert_span_is(span_last(value_of("k").span, 20), "01234567890123456789");
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(replies[i].blob, value_of("k").blob);
        assert_int_equal(replies[i].span.len, 5000 + 10 * i);
        assert_spans_equal(
            span_of(replies[i].span.bytes, 5000), span_of(before, sizeof(before)));
        blob_release(replies[i].blob);
    }
}

static void appending_to_a_shared_and_full_value_copies_it_once(void **state)
{
    uint8_t more[5000] = {0};
    struct slice reply;

    (void)state;
    put_large("k");
    append_to("k", span_of(more, sizeof(more)));
    reply = share("k");
    append_to("k", text("!"));
    assert_ptr_not_equal(value_of("k").blob, reply.blob);
    assert_int_equal(reply.blob->owners, 1);
    assert_int_equal(reply.span.len, 10000);
    assert_spans_equal(
        span_of(value_of("k").span.bytes, value_of("k").span.len - 1), reply.span);
    blob_release(reply.blob);
    reply = share("k");
    allocator_refuse_all(&allocator);
    append_to("k", span_of(more, sizeof(more)));
    append_to("k", span_of(more, sizeof(more)));
    allocator_refuse_none(&allocator);
    assert_int_equal(value_of("k").span.len, 20001);
    blob_release(reply.blob);
}

static void appending_to_a_full_value_that_is_not_shared_makes_its_blob_longer(void **state)
{
    uint8_t more[5001] = {0};
    size_t blocks;
    size_t requests;

    (void)state;
    put_large("k");
    blocks = allocator.blocks;
    requests = allocator.requests;
    append_to("k", span_of(more, sizeof(more)));
    assert_int_equal(allocator.requests, requests + 1);
    assert_int_equal(allocator.blocks, blocks);
    assert_int_equal(value_of("k").span.len, 10001);
    assert_int_equal(value_of("k").span.bytes[4999], 'x');
    assert_int_equal(value_of("k").span.bytes[5000], 0);
}

/* A session receives a value together with the next request, and stores it without a copy. */
static struct blob *receive_value(const char *key)
{
    struct blob *input = blob_new(&memory, 8000);

    assert_non_null(input);
    memset(input->bytes, 'x', 7000);
    memset(input->bytes + 7000, 'r', 1000);
    put_slice(key, &(struct slice){span_of(input->bytes + 20, 6980), input});
    assert_ptr_equal(value_of(key).blob, input);
    return input;
}

static void appending_leaves_the_requests_that_were_received_with_the_value(void **state)
{
    struct blob *input;

    (void)state;
    input = receive_value("k");
    append_to("k", text("more"));
    assert_ptr_not_equal(value_of("k").blob, input);
    assert_span_is(span_last(value_of("k").span, 6), "xxmore");
    assert_int_equal(value_of("k").span.len, 6984);
    for (size_t i = 7000; i < 8000; i++)
        assert_int_equal(input->bytes[i], 'r');
    blob_release(input);
}

static void appending_to_a_received_value_takes_the_place_of_executed_requests(void **state)
{
    uint8_t more[2000] = {0};
    struct blob *input;

    (void)state;
    input = receive_value("k");
    blob_release(input);
    append_to("k", text("more"));
    assert_ptr_equal(value_of("k").blob, input);
    append_to("k", span_of(more, sizeof(more)));
    assert_int_equal(value_of("k").span.len, 6980 + 4 + sizeof(more));
    assert_int_equal(value_of("k").span.bytes[6979], 'x');
    assert_int_equal(value_of("k").span.bytes[6980], 'm');
}

static void assert_append_is_refused(size_t nth, struct span bytes)
{
    struct slice before = value_of("k");

    allocator_refuse(&allocator, nth);
    assert_int_equal(keys_append(&keys, find("k"), bytes), TCPSTORE_ENOMEM);
    assert_ptr_equal(value_of("k").span.bytes, before.span.bytes);
    assert_int_equal(value_of("k").span.len, before.span.len);
}

static void an_append_that_is_refused_memory_leaves_the_value(void **state)
{
    uint8_t more[10000] = {0};
    struct slice reply;

    (void)state;
    put("k", text("value"));
    assert_append_is_refused(1, span_of(more, 100));
    assert_append_is_refused(1, span_of(more, 2000));
    assert_append_is_refused(2, span_of(more, 2000));
    assert_span_is(value_of("k").span, "value");
    put_large("k");
    assert_append_is_refused(1, span_of(more, sizeof(more)));
    reply = share("k");
    assert_append_is_refused(1, span_of(more, sizeof(more)));
    blob_release(reply.blob);
}

static void removing_a_key_frees_its_memory(void **state)
{
    size_t before = memory.used;

    (void)state;
    put("k", text("value"));
    assert_true(keys_remove(&keys, named("k")));
    assert_false(keys_remove(&keys, named("k")));
    assert_null(*find("k"));
    assert_int_equal(memory.used, before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(values_of_every_size_are_kept),
        TEST(a_32_byte_key_with_an_8_byte_value_takes_96_bytes),
        TEST(a_value_that_fills_its_blob_shares_it_and_any_other_is_copied),
        TEST(numbers_are_rewritten_in_place),
        TEST(appending_byte_by_byte_allocates_rarely),
        TEST(appending_to_a_shared_value_changes_no_reply_and_copies_nothing),
        TEST(appending_to_a_shared_and_full_value_copies_it_once),
        TEST(appending_to_a_full_value_that_is_not_shared_makes_its_blob_longer),
        TEST(appending_leaves_the_requests_that_were_received_with_the_value),
        TEST(appending_to_a_received_value_takes_the_place_of_executed_requests),
        TEST(an_append_that_is_refused_memory_leaves_the_value),
        TEST(removing_a_key_frees_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
