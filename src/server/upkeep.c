#include "server/upkeep.h"

enum {
    KEPT = 64 << 20,
    SLICE = 1 << 20, /* takes less than 0.1 ms */
    PARTS = 64, /* of what is beyond KEPT: clients may free more than slices in an iteration */
};

static void do_nothing(uv_idle_t *spin)
{
    (void)spin;
}

static void on_check(uv_check_t *check)
{
    struct upkeep *upkeep = check->data;
    size_t freed = upkeep->account->freed_bytes;

    if (freed <= upkeep->kept) {
        uv_idle_stop(&upkeep->spin);
        return;
    }
    memory_give_back(upkeep->account, SLICE + (freed - upkeep->kept) / PARTS);
    uv_idle_start(&upkeep->spin, do_nothing);
}

void upkeep_init(struct upkeep *upkeep, uv_loop_t *loop, struct memory *account)
{
    upkeep->account = account;
    upkeep->kept = 0;
    uv_idle_init(loop, &upkeep->spin);
    uv_check_init(loop, &upkeep->check);
    upkeep->check.data = upkeep;
    uv_check_start(&upkeep->check, on_check);
}

void upkeep_set_busy(struct upkeep *upkeep, bool busy)
{
    upkeep->kept = busy ? KEPT : 0;
    if (upkeep->account->freed_bytes > upkeep->kept &&
        !uv_is_closing((uv_handle_t *)&upkeep->spin))
        uv_idle_start(&upkeep->spin, do_nothing);
}

void upkeep_close(struct upkeep *upkeep)
{
    uv_close((uv_handle_t *)&upkeep->check, NULL);
    uv_close((uv_handle_t *)&upkeep->spin, NULL);
}
