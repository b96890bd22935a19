/*
 * A keyed hash that resists hash flooding by untrusted names: without the hash key, collisions
 * cannot be predicted.
 *
 * Like Wang Yi's wyhash it multiplies 64 by 64 bits and folds the 128 bits of the product. A
 * secret word enters each multiplication. That keeps the chains of a table short; it is neither
 * a signature nor a pseudo-random function.
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
