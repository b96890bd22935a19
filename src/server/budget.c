#include "server/budget.h"

#include "base/container.h"

enum { SLICE = 1 << 20 };

void budget_init(struct budget *budget, const size_t limits[MEMORY_USES])
{
    for (unsigned use = 0; use < MEMORY_USES; use++)
        budget->limits[use] = limits[use];
    budget->granted = 0;
    list_init(&budget->shares);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void grant(struct share *share, size_t bytes)
{
    share->budget->granted += bytes - share->granted;
    share->granted = bytes;
    for (unsigned use = 0; use < MEMORY_USES; use++)
        share->memories[use]->limit = smaller(share->limits[use], bytes);
}

static bool try_to_grow(struct share *share, enum memory_use use, size_t bytes)
{
    const struct budget *budget = share->budget;
    size_t others = budget->granted - share->granted;
    size_t left = budget->limits[use] > others ? budget->limits[use] - others : 0;
    size_t slices = (bytes + SLICE - 1) / SLICE * SLICE;

    if (bytes > left)
        return false;
    grant(share, smaller(smaller(slices, left), share->limits[USE_LOCAL]));
    return true;
}

static void take_back_unused(const struct share *asking)
{
    struct list *link;

    for (link = asking->budget->shares.next; link != &asking->budget->shares;
         link = link->next) {
        struct share *share = CONTAINER_OF(link, struct share, link);
        size_t held = memory_held(share->memories[USE_STORED]);

        if (share != asking && share->granted > held)
            grant(share, held);
    }
}

/* A memory_grow_fn. */
static bool grow(void *context, const struct memory *memory, size_t size, size_t held)
{
    struct share *share = context;
    enum memory_use use = USE_STORED;
    size_t bytes;

    while (share->memories[use] != memory)
        use++;
    share->is_refused_by_budget = false;
    if (size > share->limits[use])
        return false;
    bytes = held + memory_footprint(size);
    if (bytes > share->limits[use])
        return false;
    if (try_to_grow(share, use, bytes))
        return true;
    take_back_unused(share);
    share->is_refused_by_budget = !try_to_grow(share, use, bytes);
    return !share->is_refused_by_budget;
}

void share_join(
    struct share *share, struct budget *budget, struct memory *const memories[MEMORY_USES],
    const size_t limits[MEMORY_USES])
{
    *share = (struct share){.budget = budget};
    for (unsigned use = 0; use < MEMORY_USES; use++) {
        share->memories[use] = memories[use];
        share->limits[use] = limits[use];
    }
    grant(share, 0);
    memory_set_grow(memories[USE_STORED], grow, share);
    list_append(&budget->shares, &share->link);
}

void share_detach(struct share *share)
{
    if (list_is_linked(&share->link))
        list_remove(&share->link);
}

void share_leave(struct share *share)
{
    share_detach(share);
    grant(share, 0);
}
