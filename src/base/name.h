/* A name: the bytes that identify a key, queue or barrier, together with their hash. A request
 * hashes each of its names once, and all tables are searched with that hash. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include "base/hash.h"

/* 16 bytes, so that a name is passed in registers. */
struct name {
    const uint8_t *bytes;
    uint32_t len;
    uint32_t hash; /* enough for four billion buckets */
};

/* `key` is shorter than 4 GiB. */
static inline struct name name_of(const struct hash_key *hash_key, struct span key)
{
    return (struct name){
        .bytes = key.bytes,
        .len = (uint32_t)key.len,
        .hash = (uint32_t)hash_bytes(hash_key, key),
    };
}

static inline struct span name_key(struct name name)
{
    return span_of(name.bytes, name.len);
}

#endif
