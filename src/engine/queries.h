/*
 * Requests for lists of keys that several clients send alike, as all ranks of a job do at its
 * start.
 *
 * A request is remembered, as a query, when a second client sends it. What is found out about a
 * query (who waits for it, its reply) is then found out once for all, and while it arrives from
 * further clients it is compared instead of stored. Queries take bounded memory: the longest
 * unused makes room for the next. Not thread-safe.
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
    QUERY_SETS = 256,   /* by the start of the request */
    QUERY_WAYS = 4,     /* queries in a set: so many bounds what a look-up compares */
    QUERIES_SEEN = 256, /* requests of one client that are recognised when another sends them */
};

struct query {
    struct list link;         /* by the latest use */
    struct blob *request;     /* a share of exactly its bytes, which are whole and valid */
    uint64_t head;            /* the hash of its start */
    struct crowd_owner names; /* of the clients that wait for its names */
    uint64_t since;       /* the store's `unannounced` at the beginning of the latest crowd */
    struct slice reply;   /* to its MULTI_GET, whose blob is owned; NULL: none */
    uint64_t reply_since; /* the keys' `unshared` then */
};

/* A request that was sent by one client, so far. */
struct seen_request {
    uint64_t fingerprint;
    const void *client;
};

struct queries {
    struct memory *memory;
    struct hash_key hash_key;
    size_t max_bytes; /* of all queries */
    size_t bytes;
    struct list used; /* the latest first */
    struct query *sets[QUERY_SETS][QUERY_WAYS];
    struct seen_request seen[QUERIES_SEEN];
};

void queries_init(
    struct queries *queries, struct memory *memory, const struct hash_key *hash_key,
    size_t max_bytes);

/* Frees them. No crowd may be open, and nobody have a share of a request. */
void queries_done(struct queries *queries);

/* The query of a whole request that has a key, valid until the next call. If `client`, which is
 * only compared, is the second one that sends it, it is made. NULL: there is none, or memory is
 * refused. Subtracts the steps that it takes. */
struct query *queries_find(
    struct queries *queries, struct span request, const void *client, long *steps);

/* A request that begins with these bytes, of which the caller gets a share: the query stays
 * as long as somebody has one. NULL: none is known. */
struct blob *queries_follow(struct queries *queries, struct span bytes, long *steps);

/* Keeps a reply in place of the one before. Takes over its share. Returns false, and keeps
 * none, if there is no room for it. */
bool queries_keep_reply(
    struct queries *queries, struct query *query, struct slice reply, uint64_t since);

#endif
