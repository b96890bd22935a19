#include "server/memories.h"

#include <stdint.h>

#include "server/options.h"

enum {
    GAPS_PERCENT = 15, /* of the limit, that are allowed; SECURITY.md and tcpstored(1) say so */
    GAPS_MORE = 8 << 20,
    TRIMS_MAX = 2, /* by allocations in one iteration; each may take a millisecond */
};

/* Charges what the process holds beyond the gaps that are allowed: the limits are on what it
 * holds, not only on what is in use. */
static void charge_gaps(struct memories *memories)
{
    size_t allowed = memories_allowed_gaps(memories);
    size_t gaps = heap_excess(&memories->heap);

    memory_set_excess(&memories->stored, gaps > allowed ? gaps - allowed : 0);
}

static bool trim(void *context)
{
    struct memories *memories = context;
    bool trimmed = memories->trims_left > 0 && heap_trim(&memories->heap);

    memories->trims_left -= trimmed;
    charge_gaps(memories);
    return trimmed;
}

void memories_init(struct memories *memories, const struct tcpstore_limits *limits)
{
    size_t all = limits->memory_bytes;
    size_t reserve = limits_memory_reserve(limits);

    heap_init(&memories->heap);
    memory_init(&memories->stored, heap_resize, &memories->heap, all - reserve);
    memory_set_trim(&memories->stored, trim, memories);
    memories->trims_left = TRIMS_MAX;
    memory_share(&memories->serving, &memories->stored, all - reserve / 2);
    memory_share(&memories->local, &memories->stored, all);
}

void memories_done(struct memories *memories)
{
    memory_give_back(&memories->stored, SIZE_MAX);
    heap_done(&memories->heap);
}

size_t memories_allowed_gaps(const struct memories *memories)
{
    return memories->local.limit / 100 * GAPS_PERCENT + GAPS_MORE;
}

void memories_begin_iteration(struct memories *memories)
{
    memories->trims_left = TRIMS_MAX;
    charge_gaps(memories);
}

const char *memories_explain(const struct memories *memories)
{
    const struct memory *refuser = memories->stored.refuser;

    if (memories->stored.exhausted)
        return ", but the system has no more";
    if (refuser == &memories->local)
        return ", including the reserve for clients on this host";
    if (refuser == &memories->stored)
        return "; clients can read and delete";
    return "; clients on this host can read and delete";
}
