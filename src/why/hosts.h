/*
 * How the members of a job are spread over its hosts.
 *
 * Launchers give each host a block of consecutive ranks, as many as it has processes. Where
 * that holds, a missing rank belongs to the host of its block. Not thread-safe.
 */
#ifndef WHY_HOSTS_H
#define WHY_HOSTS_H

#include "base/hash.h"
#include "why/members.h"

struct hosts {
    struct memory *memory;
    uint32_t usual; /* members on a host, the most frequent number; 0: they are not in blocks */
    uint32_t blocks;
    const struct facts_client **clients; /* one of each block's members; NULL: none is known */
    uint32_t *counts;                    /* known members of each block */
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int hosts_init(
    struct hosts *hosts, struct memory *memory, const struct hash_key *hash_key,
    const struct members *members);

void hosts_done(struct hosts *hosts);

static inline struct span hosts_name(const struct facts_client *client)
{
    return span_of(client->peer.bytes, client->host_len);
}

#endif
