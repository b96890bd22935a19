#include "server/deadlines.h"

#include "base/container.h"

enum {
    GRACE_MS = 1, /* libuv runs a timer of 0 ms before it reads */
    EXPIRED_AT_ONCE = 32,
};

static struct deadline *first_of(const struct deadlines *deadlines)
{
    return CONTAINER_OF(deadlines->started.next, struct deadline, link);
}

/* Lets the loop read once more before a deadline expires: data may be pending after a SIGSTOP.
 * So does it between many that expire. */
static void on_timer(uv_timer_t *timer)
{
    struct deadlines *deadlines = timer->data;
    uint64_t now = uv_now(timer->loop);
    int left = EXPIRED_AT_ONCE;

    while (!list_is_empty(&deadlines->started)) {
        struct deadline *deadline = first_of(deadlines);

        if (deadline->at > now) {
            uv_timer_start(timer, on_timer, deadline->at - now, 0);
            return;
        }
        if (left-- == 0) {
            uv_timer_start(timer, on_timer, GRACE_MS, 0);
            return;
        }
        if (deadline->at > deadlines->grace_given_at) {
            deadlines->grace_given_at = now;
            uv_timer_start(timer, on_timer, GRACE_MS, 0);
            return;
        }
        list_remove(&deadline->link);
        deadlines->expired(deadline);
    }
}

void deadlines_init(
    struct deadlines *deadlines, uv_loop_t *loop, uint64_t timeout_ms,
    void (*expired)(struct deadline *deadline))
{
    list_init(&deadlines->started);
    deadlines->timeout_ms = timeout_ms;
    deadlines->grace_given_at = 0;
    deadlines->expired = expired;
    uv_timer_init(loop, &deadlines->timer);
    deadlines->timer.data = deadlines;
}

void deadlines_start(struct deadlines *deadlines, struct deadline *deadline)
{
    deadline->at = uv_now(deadlines->timer.loop) + deadlines->timeout_ms;
    list_append(&deadlines->started, &deadline->link);
    if (!uv_is_active((uv_handle_t *)&deadlines->timer))
        uv_timer_start(&deadlines->timer, on_timer, deadlines->timeout_ms, 0);
}

void deadline_cancel(struct deadline *deadline)
{
    if (list_is_linked(&deadline->link))
        list_remove(&deadline->link);
}

void deadlines_close(struct deadlines *deadlines)
{
    uv_close((uv_handle_t *)&deadlines->timer, NULL);
}
