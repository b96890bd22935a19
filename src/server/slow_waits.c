#include "server/slow_waits.h"

#include <inttypes.h>

enum { LOOKS = 10 /* in each threshold: a wait is logged soon after it has passed it */ };

static void log_wait(
    const struct slow_waits *slow_waits, const struct report *report, const struct stage *stage)
{
    char key[LOG_QUOTED_MAX];

    log_write(
        slow_waits->log, TCPSTORE_LOG_WARN, "slow-wait",
        "waiting=%zu seconds=%" PRId64 " key=%s reason=\"%s\"", stage->waiters,
        stage->longest_ms / 1000, log_quote(stage->key, key), report->reason);
}

static void on_report(void *context, int code, const struct report *report, struct outbox *text)
{
    struct slow_waits *slow_waits = context;
    const struct stage *longest = code ? NULL : report_longest(report);

    (void)text;
    if (longest == NULL || longest->longest_ms < slow_waits->threshold_ms) {
        slow_waits->next_ms = slow_waits->threshold_ms;
        return;
    }
    if (longest->longest_ms < slow_waits->next_ms)
        return;
    log_wait(slow_waits, report, longest);
    while (slow_waits->next_ms <= longest->longest_ms)
        slow_waits->next_ms *= 2;
}

static void on_time(uv_timer_t *timer)
{
    struct slow_waits *slow_waits = timer->data;

    census_take(slow_waits->census, slow_waits->threshold_ms, on_report, slow_waits);
}

void slow_waits_init(
    struct slow_waits *slow_waits, uv_loop_t *loop, struct census *census,
    const struct log *log, uint32_t threshold_ms)
{
    uint64_t period = threshold_ms / LOOKS + 1;

    *slow_waits = (struct slow_waits){
        .census = census,
        .log = log,
        .threshold_ms = threshold_ms,
        .next_ms = threshold_ms,
    };
    uv_timer_init(loop, &slow_waits->timer);
    slow_waits->timer.data = slow_waits;
    if (threshold_ms > 0)
        uv_timer_start(&slow_waits->timer, on_time, period, period);
}

void slow_waits_close(struct slow_waits *slow_waits)
{
    uv_close((uv_handle_t *)&slow_waits->timer, NULL);
}
