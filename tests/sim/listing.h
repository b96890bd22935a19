/*
 * The replies of LIST_KEYS, which takes turns: it lists the keys that existed when it began, in
 * any order. A key that is deleted before it ends may be missing.
 */
#ifndef SIM_LISTING_H
#define SIM_LISTING_H

#include "sim/dataset.h"

enum listed {
    NOT_LISTED,
    MAY_BE_LISTED,
    MUST_BE_LISTED,
};

/* The LIST_KEYS of one client. */
struct listing {
    struct listing *next;
    uint32_t client;
    enum listed *keys; /* for each name */
};

/* All zero: none. */
struct listings {
    struct listing *first;
};

/* The caller fills the result. */
enum listed *listings_begin(struct listings *listings, uint32_t client, uint32_t name_count);

/* A key is deleted. */
void listings_remove(struct listings *listings, uint32_t name);

/* NULL if the client has not begun one. */
const struct listing *listings_find(const struct listings *listings, uint32_t client);

/* A client without one is fine. */
void listings_end(struct listings *listings, uint32_t client);

void listings_done(struct listings *listings);

#define LISTING_WRONG SIZE_MAX

/* Returns the length of the reply at the front of `bytes`; LISTING_WRONG if it lacks a key,
 * or has one twice or one that it must not have. */
size_t listing_len(
    const struct listing *listing, const struct dataset *dataset, struct span bytes);

#endif
