#include "store/store.h"

#include <limits.h>

#include <tcpstore/error.h>

#include "base/container.h"
#include "base/decimal.h"
#include "store/keys_append.h"

int store_init(
    struct store *store, struct memory *memory, struct memory *waits_memory,
    const struct hash_key *hash_key)
{
    store->hash_key = *hash_key;
    if (keys_init(&store->keys, memory, hash_key))
        return TCPSTORE_ENOMEM;
    if (queues_init(&store->queues, memory, hash_key))
        goto fail_queues;
    if (waits_init(&store->waits, waits_memory, hash_key))
        goto fail_waits;
    moment_init(&store->moment, &store->keys, &store->waits);
    store->silent_changes = 0;
    return 0;

fail_waits:
    queues_done(&store->queues);
fail_queues:
    keys_done(&store->keys);
    return TCPSTORE_ENOMEM;
}

void store_done(struct store *store)
{
    waits_done(&store->waits);
    queues_done(&store->queues);
    keys_done(&store->keys);
}

/* Inlined, this rarer case costs a SET of an existing key 20 instructions. */
static __attribute__((noinline)) struct entry *put_new(
    struct store *store, struct span key, struct table_node **link, const struct slice *value)
{
    struct entry *entry = entry_new(store->keys.table.memory, key, value);

    if (entry == NULL || keys_put(&store->keys, link, entry))
        return NULL;
    return entry;
}

/* Stores a value under `key`, for which keys_find returned `link`. Returns the entry that holds
 * it, NULL if memory is refused. */
static inline __attribute__((always_inline)) struct entry *put(
    struct store *store, struct span key, struct table_node **link, const struct slice *value)
{
    struct entry *entry = entry_at(link);

    if (entry != NULL)
        keys_unshare(&store->keys, entry);
    if (entry != NULL && entry_write(entry, value->span))
        return entry;
    return put_new(store, key, link, value);
}

int store_set(
    struct store *store, struct name name, const struct slice *value, struct released *released)
{
    struct table_node **link = keys_find_inline(&store->keys, name);

    if (put(store, name_key(name), link, value) == NULL)
        return TCPSTORE_ENOMEM;
    waits_wake_all(&store->waits, name, released);
    return 0;
}

void batch_init(struct batch *batch)
{
    batch->first = NULL;
    batch->end = &batch->first;
}

/* Inlined, this and store_commit cost every request 28 instructions. */
__attribute__((noinline)) int store_prepare(
    struct store *store, struct batch *batch, struct span key, const struct slice *value)
{
    struct entry *entry = keys_prepare(&store->keys, key, value);

    if (entry == NULL)
        return TCPSTORE_ENOMEM;
    entry->node.next = NULL;
    *batch->end = &entry->node;
    batch->end = &entry->node.next;
    return 0;
}

static struct entry *batch_take(struct batch *batch)
{
    struct table_node *node = batch->first;

    if (node == NULL)
        return NULL;
    batch->first = node->next;
    return CONTAINER_OF(node, struct entry, node);
}

__attribute__((noinline)) void store_commit(
    struct store *store, struct batch *batch, struct released *released)
{
    struct entry *entry;

    while ((entry = batch_take(batch)) != NULL) {
        struct name name = store_name(store, entry_key(entry));

        keys_commit(&store->keys, keys_find(&store->keys, name), entry);
        waits_wake_all(&store->waits, name, released);
    }
}

void store_discard(struct store *store, struct batch *batch)
{
    struct entry *entry;

    while ((entry = batch_take(batch)) != NULL)
        keys_discard(&store->keys, entry);
}

int store_compare_set(
    struct store *store, struct name name, const struct slice *expected,
    const struct slice *desired, struct released *released, struct slice *ret_now)
{
    struct table_node **link = keys_find(&store->keys, name);
    struct entry *entry = entry_at(link);
    struct span now = entry == NULL ? span_of(NULL, 0) : entry_value(entry).span;

    if (span_equal(now, expected->span)) {
        entry = put(store, name_key(name), link, desired);
        if (entry == NULL)
            return TCPSTORE_ENOMEM;
    }
    /* PyTorch's server releases waiters here even if it has stored nothing. */
    waits_wake_all(&store->waits, name, released);
    store->silent_changes += entry == NULL;
    *ret_now = entry == NULL ? *expected : entry_value(entry);
    return 0;
}

struct entry *store_entry(const struct store *store, struct name name)
{
    return entry_at(keys_find(&store->keys, name));
}

int store_reserve(struct store *store, struct name name, size_t more, struct slice *ret_value)
{
    return keys_reserve(&store->keys, keys_find(&store->keys, name), more, ret_value);
}

int store_append(
    struct store *store, struct name name, const struct slice *bytes, size_t max_len,
    struct released *released, size_t *ret_len)
{
    struct table_node **link = keys_find(&store->keys, name);
    struct entry *entry = entry_at(link);
    size_t len = bytes->span.len;
    int error = 0;

    if (entry != NULL)
        len += entry_value(entry).span.len;
    *ret_len = len;
    if (len > max_len)
        return TCPSTORE_EVALUESIZE;
    if (entry != NULL)
        keys_unshare(&store->keys, entry);
    if (entry != NULL)
        error = keys_append(&store->keys, link, bytes->span);
    else if (put(store, name_key(name), link, bytes) == NULL)
        error = TCPSTORE_ENOMEM;
    if (error == 0)
        waits_wake_all(&store->waits, name, released);
    return error;
}

/* Inlined, this rarer case costs an ADD of an existing key 6 instructions. */
static __attribute__((noinline)) int put_number(
    struct store *store, struct span key, struct table_node **link, int64_t number)
{
    struct entry *entry = entry_new_number(store->keys.table.memory, key, number);

    return entry == NULL ? TCPSTORE_ENOMEM : keys_put(&store->keys, link, entry);
}

/* Adds to the number under the key; a missing key counts as 0. Releases no waiter. */
static int add(struct store *store, struct name name, int64_t delta, int64_t *ret_sum)
{
    struct table_node **link = keys_find(&store->keys, name);
    struct entry *entry = entry_at(link);
    int64_t sum = 0;
    int error;

    if (entry != NULL) {
        error = decimal_parse(entry_value(entry).span, &sum);
        if (error)
            return error;
        keys_unshare(&store->keys, entry);
    }
    if (__builtin_add_overflow(sum, delta, &sum))
        return TCPSTORE_ERANGE;
    if ((entry == NULL || !entry_write_number(entry, sum)) &&
        put_number(store, name_key(name), link, sum))
        return TCPSTORE_ENOMEM;
    *ret_sum = sum;
    return 0;
}

int store_add(
    struct store *store, struct name name, int64_t delta, struct released *released,
    int64_t *ret_sum)
{
    int error = add(store, name, delta, ret_sum);

    if (error == 0)
        waits_wake_all(&store->waits, name, released);
    return error;
}

struct slice store_get(const struct store *store, struct name name)
{
    const struct entry *entry = entry_at(keys_find(&store->keys, name));

    return entry == NULL ? slice_borrowed(span_of(NULL, 0)) : entry_value(entry);
}

size_t store_count(const struct store *store)
{
    return keys_count(&store->keys);
}

int store_each_key(
    const struct store *store, int (*visit)(void *context, struct span key), void *context)
{
    return keys_each(&store->keys, visit, context);
}

size_t store_waits(const struct store *store)
{
    return store->waits.count;
}

bool store_is_awaited(const struct store *store, struct name name)
{
    return waits_has(&store->waits, name);
}

bool store_delete(struct store *store, struct name name)
{
    if (!keys_remove(&store->keys, name))
        return false;
    store->silent_changes++;
    /* Waiters that the deleted key has counted take nothing back from a new one. */
    waits_restart_count(&store->waits, name);
    return true;
}

int store_push(
    struct store *store, struct name name, const struct slice *value, struct released *released)
{
    struct queue_push push;

    if (queues_prepare(&store->queues, name, value, &push))
        return TCPSTORE_ENOMEM;
    if (crowds_split_off(&store->waits, name, released->steps)) {
        queues_discard(&store->queues, name, &push);
        return TCPSTORE_ENOMEM;
    }
    queues_commit(&push);
    waits_wake_one(&store->waits, name, released);
    return 0;
}

size_t store_queue_length(const struct store *store, struct name name)
{
    return queues_length(&store->queues, name);
}

size_t store_queue_front(const struct store *store, struct name name, struct slice *ret_value)
{
    return queues_front(&store->queues, name, ret_value);
}

void store_queue_drop(struct store *store, struct name name)
{
    queues_drop(&store->queues, name);
    store->silent_changes += queues_length(&store->queues, name) == 0;
}

int store_await(struct store *store, struct waiter *waiter, struct name name, size_t more)
{
    return waiter_add(&store->waits, waiter, name, more);
}

int store_barrier(
    struct store *store, struct name name, int64_t world, struct waiter *waiter,
    struct released *released, bool *ret_passed)
{
    int64_t count;
    int error = waiter_add_barrier(&store->waits, waiter, name);

    if (error)
        return error;
    waiter->barrier_size = world < UINT32_MAX ? (uint32_t)world : UINT32_MAX;
    error = add(store, name, 1, &count);
    if (error || count >= world)
        waiter_forget(&store->waits, waiter);
    if (error)
        return error;
    store->silent_changes += count == 1; /* to count it, the name has appeared */
    *ret_passed = count >= world;
    if (*ret_passed)
        waits_wake_all(&store->waits, name, released);
    return 0;
}

/* Takes back what the waiter has counted at its barrier. Cannot fail: add() has made the
 * counter with room for any number, and a write of any other value releases all waiters that
 * are counted. */
static __attribute__((noinline)) void take_back_count(
    struct store *store, const struct waiter *waiter)
{
    struct name barrier = waiter_barrier(&store->waits, waiter);
    int64_t count;

    add(store, barrier, -1, &count);
}

bool store_give_up_some(struct store *store, struct waiter *waiter, long *steps)
{
    if (waiter_is_counted(waiter))
        take_back_count(store, waiter);
    return crowd_forget_some(&store->waits, waiter, steps);
}

void store_give_up(struct store *store, struct waiter *waiter)
{
    long steps = LONG_MAX;

    store_give_up_some(store, waiter, &steps);
}
