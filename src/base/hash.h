/*
 * A keyed hash. It resists hash flooding by untrusted names: without the hash key, nothing
 * tells which of them collide.
 *
 * It multiplies 64 by 64 bits and folds the 128 of the product, as Wang Yi's wyhash does, with
 * secret words in every multiplication. That keeps a table's chains short, and is no more than
 * that: no signature, no pseudo-random function.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

/* Secret and random. */
struct hash_key {
    uint64_t words[3];
};

/* `message.bytes` is not null, even if the message is empty. */
uint64_t hash_bytes(const struct hash_key *key, struct span message);

#endif
