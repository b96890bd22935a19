/*
 * The memory of a server, for all of its stores. Each store has a share, which grows by slices
 * as it needs them, up to the store's own limits, while all shares together are below the
 * server's. To grow, a share takes what others have been granted and do not use.
 *
 * The gaps between the blocks of a store's heap count towards its limits only beyond those that
 * are allowed, to all stores together: so they do not add up.
 *
 * There are three limits, the lowest for what is stored, so that a full store serves clients:
 * see server/memories.h. Call the functions on the loop's thread.
 */
#ifndef SERVER_BUDGET_H
#define SERVER_BUDGET_H

#include "base/list.h"
#include "base/memory.h"
#include "server/heap.h"

enum memory_use { USE_STORED, USE_SERVING, USE_LOCAL, MEMORY_USES };

struct budget {
    size_t limits[MEMORY_USES]; /* bytes */
    size_t granted;             /* to all shares */
    size_t gaps_max;            /* bytes that all shares may have beyond that */
    size_t gaps;                /* that they have */
    struct list shares;
};

struct share {
    struct list link;
    struct budget *budget;
    const struct heap *heap;
    struct memory *memories[MEMORY_USES]; /* of one account, the first's */
    size_t limits[MEMORY_USES];           /* of the store */
    size_t granted;
    size_t gaps;               /* of those that are allowed to all */
    bool is_refused_by_budget; /* not by the store's limit, the last time */
};

void budget_init(struct budget *budget, const size_t limits[MEMORY_USES], size_t gaps_max);

/* Bytes that count towards the limits, of all shares. */
size_t budget_held(const struct budget *budget);

/* Initialized `memories`, which allocate from `heap`, get their limits from the share: none at
 * first. Do not move it. */
void share_join(
    struct share *share, struct budget *budget, const struct heap *heap,
    struct memory *const memories[MEMORY_USES], const size_t limits[MEMORY_USES]);

/* Bytes of gaps that the share may keep uncharged: its own, and what the others leave. */
size_t share_allowed_gaps(const struct share *share);

/* Charges it for the gaps of its heap beyond that: the limits are on what the process holds,
 * not only on what is in use. */
void share_charge_gaps(struct share *share);

/* Others cannot take from it any more, but it stays granted. Call it before another thread uses
 * the memories. */
void share_detach(struct share *share);

/* Gives all back. Nothing may be allocated afterwards. */
void share_leave(struct share *share);

#endif
