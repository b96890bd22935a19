/*
 * How the members of a job are spread over its hosts.
 *
 * Launchers give each host a block of consecutive ranks, as many as it has processes. Where
 * that holds, a missing rank belongs to the host of its block. Not thread-safe.
 */
#ifndef WHY_BLOCKS_H
#define WHY_BLOCKS_H

#include "base/hash.h"
#include "why/members.h"

struct blocks {
    struct memory *memory;
    uint32_t usual; /* members on a host, the most frequent number; 0: they are not in blocks */
    uint32_t count;
    uint32_t
        *known; /* one of each block's members: one more than its number; 0: none is known */
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int blocks_init(
    struct blocks *blocks, struct memory *memory, const struct hash_key *hash_key,
    const struct members *members);

/* A client of the host that has the member's block. NULL: none is known. */
const struct facts_client *blocks_client(
    const struct blocks *blocks, const struct members *members, uint32_t number);

void blocks_done(struct blocks *blocks);

#endif
