#include "server/upkeep.h"

enum {
    LARGE_KEPT = 64 << 20, /* bytes of freed large blocks, for the next values */
    SLICE = 1 << 20,       /* takes less than 0.1 ms */
    PARTS = 64, /* and this part of the excess: it shrinks however fast clients free */
};

static void do_nothing(uv_idle_t *spin)
{
    (void)spin;
}

/* Returns whether there may be more. */
static bool give_back_large(struct upkeep *upkeep)
{
    struct memory *account = &upkeep->memories->stored;
    size_t kept = upkeep->busy ? LARGE_KEPT : 0;

    if (account->freed.bytes <= kept)
        return false;
    memory_give_back(account, SLICE + (account->freed.bytes - kept) / PARTS);
    return true;
}

/* Returns whether there may be more. */
static bool give_back_small(struct upkeep *upkeep)
{
    struct heap *heap = &upkeep->memories->heap;
    size_t kept = upkeep->busy ? memories_allowed_gaps(upkeep->memories) / 2 : 0;

    return heap_excess(heap) > kept && heap_trim(heap);
}

static void on_check(uv_check_t *check)
{
    struct upkeep *upkeep = check->data;
    bool has_more = give_back_large(upkeep) || give_back_small(upkeep);

    memories_begin_iteration(upkeep->memories);
    if (has_more) {
        uv_idle_start(&upkeep->spin, do_nothing);
        return;
    }
    uv_idle_stop(&upkeep->spin);
    if (!upkeep->busy)
        uv_check_stop(check);
}

void upkeep_init(struct upkeep *upkeep, uv_loop_t *loop, struct memories *memories)
{
    upkeep->memories = memories;
    upkeep->busy = false;
    uv_idle_init(loop, &upkeep->spin);
    uv_check_init(loop, &upkeep->check);
    upkeep->check.data = upkeep;
    uv_check_start(&upkeep->check, on_check);
}

void upkeep_set_busy(struct upkeep *upkeep, bool busy)
{
    upkeep->busy = busy;
    if (uv_is_closing((uv_handle_t *)&upkeep->spin))
        return;
    uv_check_start(&upkeep->check, on_check);
    if (busy)
        return;
    heap_mark_all(&upkeep->memories->heap);
    uv_idle_start(&upkeep->spin, do_nothing);
}

void upkeep_close(struct upkeep *upkeep)
{
    uv_close((uv_handle_t *)&upkeep->check, NULL);
    uv_close((uv_handle_t *)&upkeep->spin, NULL);
}
