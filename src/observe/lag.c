#include "observe/lag.h"

enum { PERIOD_MS = 250, NS_PER_MS = 1000000 };

static void on_time(uv_timer_t *timer)
{
    struct lag *lag = timer->data;
    uint64_t now = uv_hrtime();

    histogram_add(&lag->delays, now > lag->expected ? now - lag->expected : 0);
    lag->expected = now + (uint64_t)PERIOD_MS * NS_PER_MS;
    uv_timer_start(timer, on_time, PERIOD_MS, 0);
}

void lag_init(struct lag *lag, uv_loop_t *loop)
{
    *lag = (struct lag){.expected = 0};
    uv_timer_init(loop, &lag->timer);
    lag->timer.data = lag;
}

void lag_set_busy(struct lag *lag, bool is_busy)
{
    if (uv_is_closing((uv_handle_t *)&lag->timer) ||
        is_busy == (bool)uv_is_active((uv_handle_t *)&lag->timer))
        return;
    lag->expected = uv_hrtime() + (uint64_t)PERIOD_MS * NS_PER_MS;
    if (is_busy)
        uv_timer_start(&lag->timer, on_time, PERIOD_MS, 0);
    else
        uv_timer_stop(&lag->timer);
}

void lag_close(struct lag *lag)
{
    uv_close((uv_handle_t *)&lag->timer, NULL);
}
