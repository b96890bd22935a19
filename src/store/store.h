/*
 * The store: keys, queues, barriers and waits.
 *
 * It knows names and values, not opcodes, clients or sockets. A write that ends waits returns
 * the released waiters; the caller notifies them. docs/PROTOCOL.md describes each operation and
 * its differences from PyTorch's server. Not thread-safe.
 *
 * A function that fails leaves the store unchanged. All functions that return an int can fail
 * with TCPSTORE_ENOMEM, except store_each_key.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/crowd.h"
#include "store/keys_cursor.h"
#include "store/moment.h"
#include "store/queues.h"
#include "store/waking.h"

/* Do not move it once initialized. */
struct store {
    struct hash_key hash_key;
    struct keys keys;
    struct queues queues;
    struct waits waits;
    struct moment moment;    /* of a long read or write */
    uint64_t silent_changes; /* how often a name has appeared or vanished, but its waits were
                             not ended, or the reverse; now and then too often */
};

/* `memory` holds keys and queues, `waits_memory` the waits. */
TCPSTORE_MUST_USE
int store_init(
    struct store *store, struct memory *memory, struct memory *waits_memory,
    const struct hash_key *hash_key);

/* No waiter may be registered, and no moment be in progress. */
void store_done(struct store *store);

/* Hashes a key; the functions below take the result. */
static inline struct name store_name(const struct store *store, struct span key)
{
    return name_of(&store->hash_key, key);
}

TCPSTORE_MUST_USE
int store_set(
    struct store *store, struct name name, const struct slice *value,
    struct released *released);

/* Sets several keys at once: prepare each, then commit all of them or discard all. Committing
 * cannot fail. */
struct batch {
    struct table_node *first;
    struct table_node **end; /* the null link after the last */
};

void batch_init(struct batch *batch);
TCPSTORE_MUST_USE
int store_prepare(
    struct store *store, struct batch *batch, struct span key, const struct slice *value);
void store_commit(struct store *store, struct batch *batch, struct released *released);
void store_discard(struct store *store, struct batch *batch);

/* *ret_now is the key's value afterwards, valid until the next write. If the key is missing and
 * `expected` is not empty, it is `expected`. */
TCPSTORE_MUST_USE
int store_compare_set(
    struct store *store, struct name name, const struct slice *expected,
    const struct slice *desired, struct released *released, struct slice *ret_now);

/* The key's entry, valid until the next write. NULL: none. */
struct entry *store_entry(const struct store *store, struct name name);

/* Makes room for store_append of `more` bytes to a key that exists, in the blob of its value.
 * TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int store_reserve(struct store *store, struct name name, size_t more, struct slice *ret_value);

/* TCPSTORE_EVALUESIZE: the value would be longer than `max_len` bytes. *ret_len is the new
 * length, even if it is refused. */
TCPSTORE_MUST_USE
int store_append(
    struct store *store, struct name name, const struct slice *bytes, size_t max_len,
    struct released *released, size_t *ret_len);

/* TCPSTORE_ENOTANUMBER, TCPSTORE_ERANGE. */
TCPSTORE_MUST_USE
int store_add(
    struct store *store, struct name name, int64_t delta, struct released *released,
    int64_t *ret_sum);

/* Empty if the key is missing. Valid until the next write or as long as a share of its blob. */
struct slice store_get(const struct store *store, struct name name);

size_t store_count(const struct store *store);

/* Calls `visit` for each key, oldest first, until it returns nonzero, and returns that. */
int store_each_key(
    const struct store *store, int (*visit)(void *context, struct span key), void *context);

/* Whether a wait for the name is satisfied: it is a key or a queue with an entry. */
static inline __attribute__((always_inline)) bool store_has(
    const struct store *store, struct name name)
{
    return *keys_find_inline(&store->keys, name) != NULL ||
           queues_length(&store->queues, name) > 0;
}

/* How many waits are registered, one for each name that a client waits for. */
size_t store_waits(const struct store *store);

/* Whether a client waits for the name. */
bool store_is_awaited(const struct store *store, struct name name);

/* Returns whether the key existed. Queues are not keys. */
bool store_delete(struct store *store, struct name name);

/* Releases at most one waiter: the first registered of those that miss no other name. */
TCPSTORE_MUST_USE
int store_push(
    struct store *store, struct name name, const struct slice *value,
    struct released *released);

/* The number of entries in the queue, and the oldest one, valid until it is dropped. */
size_t store_queue_length(const struct store *store, struct name name);
size_t store_queue_front(const struct store *store, struct name name, struct slice *ret_value);

/* Removes the oldest entry of a queue, which must not be empty. */
void store_queue_drop(struct store *store, struct name name);

/* Makes `waiter` wait for a missing name, after which at most `more` follow. It is released
 * when all of its names have existed. If this fails, call store_give_up. */
TCPSTORE_MUST_USE
int store_await(struct store *store, struct waiter *waiter, struct name name, size_t more);

/*
 * Adds 1 to the count of the barrier. If it reaches `world`, all waiters for the name are
 * released and *ret_passed is true; otherwise `waiter` waits for the name.
 *
 * TCPSTORE_ENOTANUMBER, TCPSTORE_ERANGE: as store_add.
 */
TCPSTORE_MUST_USE
int store_barrier(
    struct store *store, struct name name, int64_t world, struct waiter *waiter,
    struct released *released, bool *ret_passed);

/* Cancels a wait, and takes back what it counted at a barrier. A waiter that does not wait is
 * fine. */
void store_give_up(struct store *store, struct waiter *waiter);

/* The same piece by piece: a short name takes one of `*steps`, a long one more. Returns false
 * if they do not suffice. From the first call on, the waiter cannot be released, and the
 * barrier does not count it. */
bool store_give_up_some(struct store *store, struct waiter *waiter, long *steps);

#endif
