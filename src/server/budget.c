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

size_t share_allowed_gaps(const struct share *share)
{
    return share->gaps + share->budget->gaps_max - share->budget->gaps;
}

static size_t held(const struct share *share)
{
    return memory_held(share->memories[USE_STORED]);
}

void share_charge_gaps(struct share *share)
{
    size_t gaps = heap_excess(share->heap);
    size_t allowed = smaller(gaps, share_allowed_gaps(share));

    share->budget->gaps += allowed - share->gaps;
    share->gaps = allowed;
    memory_set_excess(share->memories[USE_STORED], gaps - allowed);
    if (held(share) > share->granted) /* gaps grow unasked */
        grant(share, held(share));
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

        if (share == asking)
            continue;
        if (takes_freed)
            memory_give_back(share->memories[USE_STORED], bytes);
        share_charge_gaps(share);
        if (share->granted > held(share))
            grant(share, held(share));
        if (try_to_grow(asking, use, bytes))
            return true;
    }
    return false;
}

/* A memory_grow_fn. */
static bool grow(void *context, const struct memory *memory, size_t size, size_t others)
{
    struct share *share = context;
    enum memory_use use = USE_STORED;
    size_t bytes;

    while (share->memories[use] != memory)
        use++;
    share->is_refused_by_budget = false;
    if (size > share->limits[use])
        return false;
    bytes = others + memory_footprint(size);
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
    size_t sum = budget->granted; /* all of those that are detached */

    for (link = budget->shares.next; link != &budget->shares; link = link->next) {
        const struct share *share = CONTAINER_OF(link, struct share, link);

        sum += held(share) - share->granted;
    }
    return sum;
}

void share_join(
    struct share *share, struct budget *budget, const struct heap *heap,
    struct memory *const memories[MEMORY_USES], const size_t limits[MEMORY_USES])
{
    *share = (struct share){.budget = budget, .heap = heap};
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
    share->budget->gaps -= share->gaps;
    share->gaps = 0;
}
