#include "server/memories.h"

#include <stdint.h>

#include "server/options.h"

enum {
    GAPS_PERCENT = 15, /* of the limit, that are allowed; SECURITY.md and tcpstored(1) say so */
    GAPS_MORE = 8 << 20,
    SHORT_KEY = 4096, /* bytes of a key with a short value, at most */
    TRIMS_MAX = 2,    /* by allocations in one iteration; each may take a millisecond */
};

static bool trim(void *context)
{
    struct memories *memories = context;
    bool trimmed = memories->trims_left > 0 && heap_trim(&memories->heap);

    memories->trims_left -= trimmed;
    share_charge_gaps(&memories->share);
    return trimmed;
}

static void set_limits(size_t limits[MEMORY_USES], size_t bytes)
{
    size_t reserve = memory_reserve(bytes);

    limits[USE_STORED] = bytes - reserve;
    limits[USE_SERVING] = bytes - reserve / 2;
    limits[USE_LOCAL] = bytes;
}

void memories_init_budget(struct budget *budget, const struct tcpstore_limits *limits)
{
    size_t server[MEMORY_USES];
    size_t bytes = limits->memory_bytes;

    set_limits(server, bytes);
    budget_init(budget, server, bytes / 100 * GAPS_PERCENT + GAPS_MORE);
}

void memories_init(
    struct memories *memories, struct budget *budget, size_t bytes, size_t charged)
{
    struct memory *all[MEMORY_USES] = {&memories->stored, &memories->serving, &memories->local};
    size_t limits[MEMORY_USES];

    set_limits(limits, bytes);
    heap_init(&memories->heap);
    memory_init(&memories->stored, heap_resize, &memories->heap, 0);
    memory_set_trim(&memories->stored, trim, memories);
    memory_charge(&memories->stored, charged);
    memories->trims_left = TRIMS_MAX;
    memory_share(&memories->serving, &memories->stored, 0);
    memory_share(&memories->local, &memories->stored, 0);
    share_join(&memories->share, budget, &memories->heap, all, limits);
}

void memories_done(struct memories *memories)
{
    memory_give_back(&memories->stored, SIZE_MAX);
    heap_done(&memories->heap);
}

size_t memories_limit(const struct memories *memories)
{
    return memories->share.limits[USE_STORED];
}

bool memories_are_full(const struct memories *memories)
{
    const struct budget *budget = memories->share.budget;

    return memory_held(&memories->stored) + SHORT_KEY > memories_limit(memories) ||
           budget_held(budget) + SHORT_KEY > budget->limits[USE_STORED];
}

size_t memories_refused_beyond(const struct memories *memories)
{
    const struct share *share = &memories->share;
    const struct memory *refuser = memories->stored.refuser;

    for (unsigned use = 0; use < MEMORY_USES; use++) {
        if (share->memories[use] == refuser && !share->is_refused_by_budget)
            return share->limits[use];
    }
    return refuser->limit;
}

size_t memories_allowed_gaps(const struct memories *memories)
{
    return share_allowed_gaps(&memories->share);
}

void memories_begin_iteration(struct memories *memories)
{
    memories->trims_left = TRIMS_MAX;
    share_charge_gaps(&memories->share);
}

const char *memories_explain(const struct memories *memories)
{
    const struct memory *refuser = memories->stored.refuser;

    if (memories->stored.exhausted)
        return ", but the system has no more";
    if (memories->share.is_refused_by_budget)
        return ": the server's stores together have reached --max-memory";
    if (refuser == &memories->local)
        return ", including the reserve for clients on this host";
    if (refuser == &memories->stored)
        return "; clients can read and delete";
    return "; clients on this host can read and delete";
}
