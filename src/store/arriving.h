/*
 * Pairs on their way to the keys: entries that a client sets at one moment, but that are moved
 * to the keys one after another.
 *
 * Each can be found by its name, and taken. The number of pairs is known, so that nothing ever
 * grows, and each name is hashed once. Not thread-safe.
 */
#ifndef STORE_ARRIVING_H
#define STORE_ARRIVING_H

#include "store/keys.h"

struct arriving;

/* For up to `max` pairs, one or more; they are promised to `keys`. Takes some of `*steps`. NULL
 * if memory is refused. */
struct arriving *arriving_new(struct keys *keys, size_t max, long *steps);

/* If the name is in it already, the new value replaces the other. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int arriving_add(struct arriving *arriving, struct name name, const struct slice *value);

/* The pairs that are left. */
size_t arriving_count(const struct arriving *arriving);

/* The entry of that name, which stays in it. NULL: none. */
const struct entry *arriving_find(struct arriving *arriving, struct name name);

/* Takes the entry of that name, for the caller to commit to the keys. NULL: none. */
struct entry *arriving_take(struct arriving *arriving, struct name name);

/* The same for the oldest one. *ret_name points into it. NULL: none is left. */
struct entry *arriving_take_oldest(struct arriving *arriving, struct name *ret_name);

/* Frees at most `*steps` pairs, and `arriving` after the last one; returns whether that was
 * all. */
bool arriving_discard(struct arriving *arriving, long *steps);

/* It must be empty. */
void arriving_free(struct arriving *arriving);

#endif
