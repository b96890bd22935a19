/* The memories of a store: one account of all that it holds for clients, with a limit for each
 * use. What one use has left, others can have: a full store serves on. */
#ifndef SERVER_MEMORIES_H
#define SERVER_MEMORIES_H

#include <tcpstore/server.h>

#include "base/memory.h"
#include "server/budget.h"
#include "server/heap.h"

/* Each memory has a higher limit than the one before. */
struct memories {
    struct heap heap;
    struct memory stored;  /* keys, queues, and values that are being received; the account */
    struct memory serving; /* clients, their waits, other requests, and unsent replies */
    struct memory local;   /* the same for clients on this host, except waits */
    struct share share;    /* of the server's memory: gives the three their limits */
    int trims_left;        /* of the heap by allocations, in this iteration of the loop */
};

/* The server's memory, of which stores have shares. */
void memories_init_budget(struct budget *budget, const struct tcpstore_limits *limits);

/* For a store that may have `bytes`, or what the budget allows; `charged` of them are what it
 * takes itself, allocated elsewhere. Do not move them afterwards. */
void memories_init(
    struct memories *memories, struct budget *budget, size_t bytes, size_t charged);

/* Everything else is freed. Any thread, after share_detach. */
void memories_done(struct memories *memories);

/* The limit on stored bytes. */
size_t memories_limit(const struct memories *memories);

/* Whether not even a short key can be stored, by that limit or the server's. */
bool memories_are_full(const struct memories *memories);

/* The limit that refused the latest allocation, in bytes. */
size_t memories_refused_beyond(const struct memories *memories);

/* Bytes that the process may hold beyond those in use, before they count towards the limits:
 * the gaps between blocks. Of the server's, what other stores leave. */
size_t memories_allowed_gaps(const struct memories *memories);

/* Call it in each iteration of the loop. Charges the gaps beyond that, and lets allocations
 * which they leave no room for trim the heap again, a few times. */
void memories_begin_iteration(struct memories *memories);

/* What follows "out of memory: 100 bytes in use, 100 allowed" after the latest refusal. */
const char *memories_explain(const struct memories *memories);

#endif
