/* A long request that goes on in the client's further turns. */
#ifndef ENGINE_UNFINISHED_H
#define ENGINE_UNFINISHED_H

#include "engine/execution.h"
#include "wire/opcode.h"

/* In the number of items that are left: the request goes on. It makes the number larger than
 * any limit. To look at session->unfinished instead costs every CHECK five instructions. */
#define UNFINISHED_ITEMS (UINT64_C(1) << 63)

struct appending;
struct arriving;
struct building;
struct listing;

/* What it has done so far. It belongs to the session; none: NULL. */
struct unfinished {
    uint8_t opcode;
    size_t len;                  /* of the request, in bytes */
    size_t at;                   /* offset of its next item */
    uint64_t left;               /* items */
    bool has_moment;             /* MULTI_GET, MULTI_SET: the moment that it needs is its own */
    struct arriving *arriving;   /* MULTI_SET, before its moment; NULL: none yet */
    struct building *building;   /* MULTI_GET that makes a reply for others, too; NULL: none */
    struct listing *listing;     /* LIST_KEYS */
    struct appending *appending; /* APPEND that copies the value */
    struct crowd *crowd; /* WAIT that registers a crowd; NULL: it registers its client */
    uint64_t since;      /* the store's `silent_changes` when it began */
    size_t touched;      /* APPEND: bytes of the value's blob that have pages */
};

/* Whether a moment that is the session's own is in progress. */
static inline bool unfinished_has_moment(const struct session *session)
{
    return session->unfinished != NULL && session->unfinished->has_moment;
}

/* The request at the front keeps its place in line until it is done. */
static inline bool unfinished_keeps_place(const struct session *session)
{
    const struct unfinished *unfinished = session->unfinished;

    return unfinished != NULL &&
           (unfinished->opcode == WIRE_MULTI_GET || unfinished->opcode == WIRE_MULTI_SET ||
            unfinished->opcode == WIRE_APPEND || unfinished->opcode == WIRE_WAIT);
}

/* Part of its MULTI_GET's reply may be sent, so that nothing else can be sent before the rest.
 */
static inline bool unfinished_is_amid_reply(const struct session *session)
{
    return unfinished_has_moment(session) && session->unfinished->opcode == WIRE_MULTI_GET;
}

/*
 * The request takes turns. Returns 0 if it may go on in this turn. STOP_TURN_OVER: once the
 * replies before it are sent, and their memory is free. TCPSTORE_ENOMEM.
 */
TCPSTORE_MUST_USE
int unfinished_begin(struct execution *execution);

/* The request is done. Fine for one that was never unfinished. */
void unfinished_end(struct execution *execution);

#endif
