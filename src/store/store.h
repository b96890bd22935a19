/*
 * The store: keys, queues, barriers, and who waits for them.
 *
 * Knows names and values, not opcodes, clients or sockets. A write that ends waits says
 * whom it releases; it tells nobody. What each operation means, and where that differs from
 * PyTorch's server, is in docs/PROTOCOL.md. Not thread-safe.
 *
 * Every function that can fail leaves the store as it was when it does; TCPSTORE_ENOMEM is
 * possible wherever an int is returned.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/keys.h"
#include "store/queues.h"
#include "store/waits.h"

struct store {
    struct hash_key hash_key;
    struct keys keys;
    struct queues queues;
    struct waits waits;
};

int store_init(struct store *store, struct memory *memory, const struct hash_key *hash_key);

/* Nobody may be waiting any more. */
void store_done(struct store *store);

/* The name that the functions below take. */
static inline struct name store_name(const struct store *store, struct span key)
{
    return name_of(&store->hash_key, key);
}

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
int store_prepare(
    struct store *store, struct batch *batch, struct span key, const struct slice *value);
void store_commit(struct store *store, struct batch *batch, struct released *released);
void store_discard(struct store *store, struct batch *batch);

/* *ret_now is what is under the key now, valid until the next write, or `expected` itself if
 * the key is missing and was expected to be there. */
int store_compare_set(
    struct store *store, struct name name, struct span expected, const struct slice *desired,
    struct released *released, struct slice *ret_now);

/* TCPSTORE_EVALUESIZE: the value would be longer than `most` bytes. *ret_len is how long it is
 * then, or would be. */
int store_append(
    struct store *store, struct name name, const struct slice *bytes, size_t most,
    struct released *released, size_t *ret_len);

/* TCPSTORE_ENOTANUMBER, TCPSTORE_ERANGE. */
int store_add(
    struct store *store, struct name name, int64_t delta, struct released *released,
    int64_t *ret_sum);

/* Empty if the key is missing. Valid until the next write, or, with a share of its blob, for
 * as long as one likes. */
struct slice store_get(const struct store *store, struct name name);

size_t store_count(const struct store *store);

/* Calls `visit` for every key in no particular order, until it answers other than 0, and
 * answers that. */
int store_each_key(
    const struct store *store, int (*visit)(void *context, struct span key), void *context);

/* Whether it is there to be waited for: a key, or a queue that holds an entry. */
bool store_has(const struct store *store, struct name name);

/* Whether there was such a key. Queues are not keys. */
bool store_delete(struct store *store, struct name name);

/* Wakes one waiter: the one that has waited longest. */
int store_push(
    struct store *store, struct name name, const struct slice *value,
    struct released *released);

/* How many entries the queue holds, and the oldest of them, valid until it is dropped. */
size_t store_queue_length(const struct store *store, struct name name);
size_t store_queue_front(const struct store *store, struct name name, struct slice *ret_value);

/* Removes the oldest entry of a queue that has one. */
void store_queue_drop(struct store *store, struct name name);

/* Makes `waiter` wait for one missing name more; no more than `more` names follow. It is
 * released when all of its names have existed. If this fails, call store_give_up. */
int store_await(struct store *store, struct waiter *waiter, struct name name, size_t more);

/*
 * Counts one more at the barrier `key`. If that makes at least `world` everybody who waits
 * on the key is released and *ret_passed is true; otherwise `waiter` waits on it.
 *
 * TCPSTORE_ENOTANUMBER, TCPSTORE_ERANGE: as store_add.
 */
int store_barrier(
    struct store *store, struct name name, int64_t world, struct waiter *waiter,
    struct released *released, bool *ret_passed);

/* Ends a wait without its being satisfied; what it counted at a barrier is taken back. One
 * that does not wait is fine. */
void store_give_up(struct store *store, struct waiter *waiter);

#endif
