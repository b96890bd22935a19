/* How often a request hashes its names. The linker sends the calls of hash_bytes here. */
#include "base/hash.h"

#include <stdio.h>

#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

static struct world world;
static struct buffer requests;
static size_t hashes;

/* The linker chooses these names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

uint64_t __real_hash_bytes(const struct hash_key *key, struct span message);
uint64_t __wrap_hash_bytes(const struct hash_key *key, struct span message);

uint64_t __wrap_hash_bytes(const struct hash_key *key, struct span message)
{
    hashes++;
    return __real_hash_bytes(key, message);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void send_from(size_t client)
{
    assert_int_equal(world_send(&world, client, &requests), 0);
}

/* `count` requests on names that begin with `prefix`, from the client 0. */
static void send_numbered(
    void (*add)(struct buffer *buffer, const char *name), char prefix, int count)
{
    for (int i = 0; i < count; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%c%d", prefix, i);
        add(&requests, name);
        send_from(0);
    }
}

static void add_set(struct buffer *buffer, const char *name)
{
    add_valued(buffer, OP_SET, name, text("value"));
}

static void add_delete(struct buffer *buffer, const char *name)
{
    add_keyed(buffer, OP_DELETE_KEY, name);
}

static void add_push(struct buffer *buffer, const char *name)
{
    add_valued(buffer, OP_QUEUE_PUSH, name, text("value"));
}

static void add_pop(struct buffer *buffer, const char *name)
{
    add_keyed(buffer, OP_QUEUE_POP, name);
}

/* The client 1 waits for w0 to w31. */
static void wait_for_many(void)
{
    char names[32 * 4];
    size_t len = 0;

    for (int i = 0; i < 32; i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, i > 0 ? " w%d" : "w%d", i);
    add_keys(&requests, OP_WAIT, names);
    send_from(1);
}

/* Leaves keys, queues and awaited names in tables that have been fuller: such a table neither
 * splits a bucket at the next insertion nor joins two at the next removal. */
static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        if (world_validate(&world, i))
            return -1;
    }
    send_numbered(add_set, 'k', 100);
    send_numbered(add_delete, 'k', 50);
    send_numbered(add_push, 'q', 32);
    send_numbered(add_pop, 'q', 16);
    wait_for_many();
    send_numbered(add_set, 'w', 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&requests);
    return 0;
}

static void add_compare_set_of_missing(struct buffer *buffer, const char *name)
{
    add_compare_set(buffer, name, text(""), text("desired"));
}

static void add_compare_set_of_present(struct buffer *buffer, const char *name)
{
    add_compare_set(buffer, name, text("value"), text("a longer value than the one before it"));
}

static void add_compare_set_that_differs(struct buffer *buffer, const char *name)
{
    add_compare_set(buffer, name, text("another"), text("desired"));
}

static void add_get(struct buffer *buffer, const char *name)
{
    add_keyed(buffer, OP_GET, name);
}

static void add_add(struct buffer *buffer, const char *name)
{
    add_numbered(buffer, OP_ADD, name, 1);
}

static void add_check(struct buffer *buffer, const char *names)
{
    add_keys(buffer, OP_CHECK, names);
}

static void add_wait(struct buffer *buffer, const char *names)
{
    add_keys(buffer, OP_WAIT, names);
}

static void add_wait_and_cancel(struct buffer *buffer, const char *names)
{
    add_keys(buffer, OP_WAIT, names);
    add_bare(buffer, OP_CANCEL_WAIT);
}

static void add_append(struct buffer *buffer, const char *name)
{
    static const uint8_t bytes[600];

    add_valued(buffer, OP_APPEND, name, span_of(bytes, sizeof(bytes)));
}

static void add_multi_get(struct buffer *buffer, const char *names)
{
    add_keys(buffer, OP_MULTI_GET, names);
}

static void add_length(struct buffer *buffer, const char *name)
{
    add_keyed(buffer, OP_QUEUE_LEN, name);
}

static void add_barrier(struct buffer *buffer, const char *name)
{
    add_numbered(buffer, OP_BARRIER, name, 1);
}

static void add_barrier_and_cancel(struct buffer *buffer, const char *name)
{
    add_numbered(buffer, OP_BARRIER, name, 2);
    add_bare(buffer, OP_CANCEL_WAIT);
}

static void add_list_keys(struct buffer *buffer, const char *name)
{
    (void)name;
    add_bare(buffer, OP_LIST_KEYS);
}

static const struct {
    const char *label;
    void (*add)(struct buffer *buffer, const char *names);
    const char *names;
    size_t hashes;
} cases[] = {
    {"SET of a new key", add_set, "new", 1},
    {"SET of a key that is there", add_set, "k60", 1},
    {"SET of an awaited key", add_set, "w20", 1},
    {"COMPARE_SET of a missing key", add_compare_set_of_missing, "new", 1},
    {"COMPARE_SET that stores a longer value", add_compare_set_of_present, "k60", 1},
    {"COMPARE_SET that stores nothing", add_compare_set_that_differs, "k60", 1},
    {"GET", add_get, "k60", 1},
    {"ADD to a new key", add_add, "new", 1},
    {"CHECK of three names", add_check, "k60 k61 q20", 3},
    {"WAIT for three names that are there", add_wait, "k60 q20 q21", 3},
    {"WAIT for a missing name, canceled", add_wait_and_cancel, "m1", 1},
    {"WAIT for three missing names, canceled", add_wait_and_cancel, "m1 m2 m3", 3},
    {"DELETE_KEY", add_delete, "k60", 1},
    {"APPEND to a new key", add_append, "new", 1},
    {"APPEND that moves the value", add_append, "k60", 1},
    {"MULTI_GET of three keys", add_multi_get, "k60 k61 k62", 3},
    {"MULTI_SET of three keys", add_multi_set, "n1 v n2 v k60 v", 3},
    {"QUEUE_PUSH to a new queue", add_push, "new", 1},
    {"QUEUE_PUSH to a queue that is there", add_push, "q20", 1},
    {"QUEUE_POP of the last entry", add_pop, "q20", 1},
    {"QUEUE_LEN", add_length, "q20", 1},
    {"BARRIER that is passed", add_barrier, "new", 1},
    {"BARRIER that waits, canceled", add_barrier_and_cancel, "new", 1},
    {"LIST_KEYS", add_list_keys, "", 0},
};

static void expect_hashes_of_cases(void **state, size_t items_at_once)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        world.engine.limits.items_at_once = items_at_once;
        cases[i].add(&requests, cases[i].names);
        hashes = 0;
        send_from(0);
        if (hashes != cases[i].hashes)
            fail_msg("%s: %zu hashes, not %zu", cases[i].label, hashes, cases[i].hashes);
        tear_down(state);
        assert_int_equal(set_up(state), 0);
    }
}

static void every_request_hashes_each_of_its_names_once(void **state)
{
    expect_hashes_of_cases(state, 1024);
}

static void a_request_that_takes_turns_hashes_each_of_its_names_once(void **state)
{
    expect_hashes_of_cases(state, 2);
}

/* Beyond its own name, a SET of a new key hashes those in the two buckets that it splits. */
static void a_growing_table_hashes_less_than_three_names_for_each_new_key(void **state)
{
    enum { KEYS = 4000 };

    (void)state;
    hashes = 0;
    send_numbered(add_set, 'n', KEYS);
    assert_in_range(hashes, KEYS, 3 * KEYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_request_hashes_each_of_its_names_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_request_that_takes_turns_hashes_each_of_its_names_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_growing_table_hashes_less_than_three_names_for_each_new_key, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
