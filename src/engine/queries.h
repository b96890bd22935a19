/*
 * Lists of keys that several clients ask for alike, as all ranks of a job do at its start.
 *
 * A list is remembered, as a query, when a second client sends it. What is found out about a
 * query (who waits for it, its reply) is then found out once for all. The lists take bounded
 * memory: the longest unused query makes room for the next. Not thread-safe.
 */
#ifndef ENGINE_QUERIES_H
#define ENGINE_QUERIES_H

#include "base/blob.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/span.h"
#include "store/crowd.h"

enum {
    QUERY_BUCKETS = 256,
    QUERIES_SEEN = 256, /* lists of one client that are recognised when another sends them */
};

struct query {
    struct list link;       /* by the latest use */
    struct query *next;     /* in its bucket */
    uint64_t hash;          /* of the bytes */
    struct crowd *crowd;    /* of clients that WAIT for it; NULL: none is open */
    uint64_t crowd_since;   /* the store's count of names that ceased to exist, then */
    uint64_t existed_since; /* the same when all of its names existed, plus 1; 0: never seen */
    struct slice reply;     /* to its MULTI_GET, whose blob is owned; NULL: none */
    uint64_t reply_since;   /* the keys' count of shared entries that changed, then */
    size_t len;
    uint8_t bytes[]; /* the count and the keys of a request, as sent */
};

/* A list that was sent by one client, so far. */
struct seen_list {
    uint64_t hash;
    const void *client;
};

struct queries {
    struct memory *memory;
    struct hash_key hash_key;
    size_t max_bytes; /* of all queries */
    size_t bytes;
    struct list used; /* the latest first */
    struct query *buckets[QUERY_BUCKETS];
    struct seen_list seen[QUERIES_SEEN];
};

void queries_init(
    struct queries *queries, struct memory *memory, const struct hash_key *hash_key,
    size_t max_bytes);

/* Frees them. No crowd may be open. */
void queries_done(struct queries *queries);

/* The query with these bytes, valid until the next call. If `client`, which is only compared,
 * is the second one that sends them, it is made. NULL: there is none, or memory is refused. */
struct query *queries_find(struct queries *queries, struct span bytes, const void *client);

/* Keeps a reply in place of the one before, if there is room for it. Takes over its share. */
void queries_keep_reply(
    struct queries *queries, struct query *query, struct slice reply, uint64_t since);

#endif
