#include "server/budget.h"

#include "base/container.h"

enum { SLICE = 1 << 20 };

void budget_init(struct budget *budget, const size_t limits[MEMORY_USES], size_t gaps_max)
{
    *budget = (struct budget){.gaps_max = gaps_max};
    for (unsigned use = 0; use < MEMORY_USES; use++)
        budget->limits[use] = limits[use];
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

/* Returns whether `asking` has grown. First without, then with what others have freed and keep
 * for their next large values. */
static bool grow_from_others(
    struct share *asking, enum memory_use use, size_t bytes, bool takes_freed)
{
    struct list *shares = &asking->budget->shares;
    struct list *link;

    for (link = shares->next; link != shares; link = link->next) {
        struct share *share = CONTAINER_OF(link, struct share, link);
        struct memory *account = share->memories[USE_STORED];

        if (share == asking)
            continue;
        if (takes_freed)
            memory_give_back(account, bytes);
        if (share->granted > memory_held(account))
            grant(share, memory_held(account));
        if (try_to_grow(asking, use, bytes))
            return true;
    }
    return false;
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
    share->is_refused_by_budget = !try_to_grow(share, use, bytes) &&
                                  !grow_from_others(share, use, bytes, false) &&
                                  !grow_from_others(share, use, bytes, true);
    return !share->is_refused_by_budget;
}

size_t budget_held(const struct budget *budget)
{
    const struct list *link;
    size_t held = budget->granted; /* all of those that are detached */

    for (link = budget->shares.next; link != &budget->shares; link = link->next) {
        const struct share *share = CONTAINER_OF(link, struct share, link);

        held += memory_held(share->memories[USE_STORED]) - share->granted;
    }
    return held;
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

size_t share_allowed_gaps(const struct share *share)
{
    return share->gaps + share->budget->gaps_max - share->budget->gaps;
}

size_t share_set_gaps(struct share *share, size_t gaps)
{
    size_t allowed = smaller(gaps, share_allowed_gaps(share));

    share->budget->gaps += allowed - share->gaps;
    share->gaps = allowed;
    return gaps - allowed;
}

void share_detach(struct share *share)
{
    if (list_is_linked(&share->link))
        list_remove(&share->link);
}

void share_leave(struct share *share)
{
    share_detach(share);
    share_set_gaps(share, 0);
    grant(share, 0);
}
