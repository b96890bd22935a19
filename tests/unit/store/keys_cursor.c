#include "store/keys_cursor.h"

#include <stdio.h>

#include "store/keys_append.h"
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

static void put(const char *key, struct span value)
{
    struct entry *entry =
        entry_new(keys.table.memory, text(key), &(struct slice){.span = value});

    assert_non_null(entry);
    assert_int_equal(keys_put(&keys, keys_find(&keys, named(key)), entry), 0);
}

static void append_to(const char *key, struct span bytes)
{
    assert_int_equal(keys_append(&keys, keys_find(&keys, named(key)), bytes), 0);
}

struct listing {
    char text[4096];
    size_t len;
};

static int list_key(void *context, struct span key)
{
    struct listing *listing = context;

    assert_true(listing->len + key.len + 1 < sizeof(listing->text));
    memcpy(listing->text + listing->len, key.bytes, key.len);
    listing->len += key.len;
    listing->text[listing->len++] = ' ';
    listing->text[listing->len] = '\0';
    return 0;
}

/* Each key is followed by a space. */
static void assert_listed(const char *expected)
{
    struct listing listing = {.len = 0};

    assert_int_equal(keys_each(&keys, list_key, &listing), 0);
    assert_string_equal(listing.text, expected);
}

static void keys_are_listed_in_the_order_of_insertion(void **state)
{
    (void)state;
    assert_listed("");
    put("a", text("1"));
    put("b", text("2"));
    put("c", text("3"));
    put("d", text("4"));
    assert_true(keys_remove(&keys, named("b")));
    put("b", text("again"));
    assert_listed("a c d b ");
}

static void a_key_keeps_its_place_when_its_value_is_replaced(void **state)
{
    static const uint8_t large[5000];

    (void)state;
    put("a", text("1"));
    put("b", text("2"));
    put("c", text("3"));
    put("b", text("a value that needs another entry"));
    put("a", span_of(large, sizeof(large)));
    append_to("c", span_of(large, 100));
    append_to("b", span_of(large, sizeof(large)));
    assert_listed("a b c ");
}

static int refuse_b(void *count, struct span key)
{
    ++*(size_t *)count;
    return span_equal(key, text("b")) ? 42 : 0;
}

static void listing_stops_at_a_nonzero_result(void **state)
{
    size_t visits = 0;

    (void)state;
    put("a", text(""));
    put("b", text(""));
    put("c", text(""));
    assert_int_equal(keys_each(&keys, refuse_b, &visits), 42);
    assert_int_equal(visits, 2);
}

/* Finds a key that shares the bucket of another in any table of up to 4,096 buckets. */
static void find_collision(const char *key, char other[16])
{
    for (int i = 0;; i++) {
        snprintf(other, 16, "n%d", i);
        if (((named(key).hash ^ named(other).hash) & 4095) == 0)
            return;
    }
}

/* If they were listed side by side, clients could find names for the same bucket. */
static void listed_keys_do_not_show_who_shares_a_bucket(void **state)
{
    char last[16];
    char expected[64];

    (void)state;
    find_collision("first", last);
    put("first", text(""));
    put("a", text(""));
    put("b", text(""));
    put(last, text(""));
    snprintf(expected, sizeof(expected), "first a b %s ", last);
    assert_listed(expected);
}

static void assert_next(struct keys_cursor *cursor, const char *expected)
{
    struct span key;

    assert_true(keys_cursor_next(&keys, cursor, &key));
    assert_span_is(key, expected);
}

static void assert_at_end(struct keys_cursor *cursor)
{
    struct span untouched = text("untouched");

    assert_false(keys_cursor_next(&keys, cursor, &untouched));
    assert_span_is(untouched, "untouched");
}

static void a_cursor_goes_through_the_keys_of_the_moment_it_began(void **state)
{
    struct keys_cursor cursor = {0};

    (void)state;
    put("a", text(""));
    put("b", text(""));
    keys_cursor_begin(&keys, &cursor);
    put("c", text(""));
    assert_next(&cursor, "a");
    assert_next(&cursor, "b");
    assert_at_end(&cursor);
    assert_at_end(&cursor);
    keys_cursor_end(&cursor);
    assert_listed("a b c ");
}

static void a_cursor_of_no_keys_is_at_its_end(void **state)
{
    struct keys_cursor cursor = {0};

    (void)state;
    keys_cursor_end(&cursor);
    keys_cursor_begin(&keys, &cursor);
    put("a", text(""));
    assert_at_end(&cursor);
    keys_cursor_end(&cursor);
    keys_cursor_end(&cursor);
}

static void a_cursor_survives_changes_before_and_behind_it(void **state)
{
    struct keys_cursor cursor = {0};

    (void)state;
    put("a", text(""));
    put("b", text(""));
    put("c", text(""));
    put("d", text(""));
    put("e", text(""));
    put("f", text(""));
    keys_cursor_begin(&keys, &cursor);
    assert_true(keys_remove(&keys, named("a")));
    assert_next(&cursor, "b");
    assert_true(keys_remove(&keys, named("b")));
    put("b", text("after the cursor has begun"));
    assert_true(keys_remove(&keys, named("c")));
    put("d", text("a value that needs another entry"));
    assert_next(&cursor, "d");
    put("d", text("a value that needs another, much longer entry"));
    assert_next(&cursor, "e");
    assert_true(keys_remove(&keys, named("f")));
    assert_at_end(&cursor);
    keys_cursor_end(&cursor);
    assert_listed("d e b ");
}

static void cursors_skip_and_count_the_markers_of_others(void **state)
{
    struct keys_cursor cursors[3] = {0};

    (void)state;
    put("a", text(""));
    for (size_t i = 0; i < 3; i++)
        keys_cursor_begin(&keys, &cursors[i]);
    put("b", text(""));
    assert_listed("a b ");
    assert_next(&cursors[2], "a"); /* the one that began last has no others before it */
    assert_at_end(&cursors[2]);
    assert_next(&cursors[0], "a");
    assert_at_end(&cursors[0]);
    assert_next(&cursors[1], "a");
    assert_int_equal(cursors[0].skipped, 1);
    keys_cursor_end(&cursors[2]);
    keys_cursor_end(&cursors[0]);
    assert_at_end(&cursors[1]);
    assert_int_equal(cursors[1].skipped, 0);
    keys_cursor_end(&cursors[1]);
}

static void a_cursor_allocates_nothing(void **state)
{
    struct keys_cursor cursor = {0};

    (void)state;
    put("a", text(""));
    allocator_refuse_all(&allocator);
    keys_cursor_begin(&keys, &cursor);
    assert_next(&cursor, "a");
    keys_cursor_end(&cursor);
    allocator_refuse_none(&allocator);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys_are_listed_in_the_order_of_insertion),
        TEST(a_key_keeps_its_place_when_its_value_is_replaced),
        TEST(listing_stops_at_a_nonzero_result),
        TEST(listed_keys_do_not_show_who_shares_a_bucket),
        TEST(a_cursor_goes_through_the_keys_of_the_moment_it_began),
        TEST(a_cursor_of_no_keys_is_at_its_end),
        TEST(a_cursor_survives_changes_before_and_behind_it),
        TEST(cursors_skip_and_count_the_markers_of_others),
        TEST(a_cursor_allocates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
