#include "store/keys.h"

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
    struct entry *entry = entry_new(&keys, text(key), value);

    assert_non_null(entry);
    keys_put(&keys, find(key), entry);
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

static void a_32_byte_key_with_an_8_byte_value_takes_at_most_104_bytes(void **state)
{
    size_t before = memory.used;

    (void)state;
    put("a name of exactly thirty-two byt", text("8 bytes."));
    assert_true(memory.used - before + sizeof(void *) <= 104);
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
    struct entry *entry = entry_new_number(&keys, text("n"), 9);

    (void)state;
    assert_non_null(entry);
    keys_put(&keys, find("n"), entry);
    allocator_refuse_all(&allocator);
    assert_true(entry_write_number(entry, INT64_MIN));
    assert_span_is(value_of("n").span, "-9223372036854775808");
    allocator_refuse_none(&allocator);
}

static void append_byte_by_byte(size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(i * 13);

        assert_int_equal(keys_append(&keys, find("k"), span_of(&byte, 1)), 0);
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

static void an_append_that_is_refused_memory_leaves_the_value(void **state)
{
    uint8_t more[2000] = {0};

    (void)state;
    put("k", text("value"));
    for (size_t refused = 1; refused <= 2; refused++) {
        allocator_refuse(&allocator, refused);
        assert_int_equal(
            keys_append(&keys, find("k"), span_of(more, sizeof(more))), TCPSTORE_ENOMEM);
        assert_span_is(value_of("k").span, "value");
    }
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
        TEST(a_32_byte_key_with_an_8_byte_value_takes_at_most_104_bytes),
        TEST(a_value_that_fills_its_blob_shares_it_and_any_other_is_copied),
        TEST(numbers_are_rewritten_in_place),
        TEST(appending_byte_by_byte_allocates_rarely),
        TEST(an_append_that_is_refused_memory_leaves_the_value),
        TEST(removing_a_key_frees_its_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
