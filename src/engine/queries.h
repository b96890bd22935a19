/*
 * Requests for lists of keys that several clients send alike, as all ranks of a job do at its
 * start.
 *
 * A request is remembered, as a query, when a second client sends it. What is found out about a
 * query (the clients that wait for it, its reply) is then found out once for all of them.
 *
 * A request that arrives in pieces is a query from its first piece on, so that it is stored
 * once. Each client that sends it follows the query: its bytes are compared with those that are
 * known, and further ones are added. If only one client has sent it, it is forgotten when it is
 * whole.
 *
 * Queries take bounded memory: the longest unused makes room for the next. Not thread-safe.
 */
#ifndef ENGINE_QUERIES_H
#define ENGINE_QUERIES_H

#include "base/blob.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/span.h"
#include "store/crowd.h"
#include "wire/scan.h"

enum {
    QUERY_SETS = 256,   /* by the start of the request */
    QUERY_WAYS = 4,     /* queries in a set: so many bounds what a look-up compares */
    QUERIES_SEEN = 256, /* requests of one client that are recognised when another sends them */
};

struct query {
    struct list link;     /* by the latest use */
    struct blob *request; /* a share; holds its bytes, which are valid */
    size_t len;           /* of those that have arrived */
    bool is_whole;
    struct scan scan;         /* of a request that is not whole */
    const void *client;       /* the only one that has sent it so far; NULL: several have */
    uint64_t head;            /* the hash of its start */
    struct crowd_owner names; /* of the clients that wait for its names */
    uint64_t since;           /* the store's `silent_changes` when `names` was last set */
    struct slice
        reply; /* to its MULTI_GET; owns a share of its blob, which is NULL if there is none */
    uint64_t reply_since; /* the keys' `shared_writes` then */
    uint64_t missed_at;   /* `shared_writes` + 1 when the reply was last missed; 0: never, or it
                             could not be made then */
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

/* Forgets them all, and can go on. All clients must have left. */
void queries_done(struct queries *queries);

/* The query of a whole request that has a key, valid until the next call. If `client` is the
 * second client to send the request, a query is made; `client` is only compared. NULL: there is
 * none, or memory is refused. Subtracts the steps that it takes. */
struct query *queries_find(
    struct queries *queries, struct span request, const void *client, long *steps);

/* A query that begins with these bytes, or that is itself their beginning. Valid until the next
 * call. Subtracts the steps that it takes. NULL: none. */
struct query *queries_follow(
    struct queries *queries, struct span bytes, const void *client, long *steps);

/* Makes a query of the first bytes of a request that is not whole. NULL if it has no room, or
 * memory is refused. */
struct query *queries_begin(
    struct queries *queries, const struct wire_limits *limits, struct span bytes,
    const void *client, long *steps);

/* Moves the next `bytes` of a query to its end, as many as are its own. Returns false, and
 * leaves the rest, if it is invalid, the query has no room, or memory is refused. In any case
 * `request` may be another blob then. */
bool queries_extend(
    struct queries *queries, const struct wire_limits *limits, struct query *query,
    struct span *bytes, long *steps);

/* Drops the query's reply, and makes room for one of `len` bytes. Returns whether it has room.
 */
bool queries_make_room_for_reply(struct queries *queries, struct query *query, size_t len);

/* Keeps a reply, after queries_make_room_for_reply. Takes over its share. */
void queries_keep_reply(
    struct queries *queries, struct query *query, struct slice reply, uint64_t since);

#endif
