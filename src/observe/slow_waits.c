#include "observe/slow_waits.h"

#include <inttypes.h>

#include "base/container.h"

enum {
    LOOKS = 10,     /* in each threshold: a wait is logged soon after it has passed it */
    LOOK_MS = 3000, /* but they are at most so far apart: metrics are as old */
};

static const struct waits_found no_waits = {.longest_ms = -1};

static void note(struct waits_found *found, const struct report *report)
{
    const struct stage *longest = report_longest(report);

    *found = (struct waits_found){.clients = report->waiting, .longest_ms = -1};
    if (longest == NULL)
        return;
    found->longest_ms = longest->longest_ms;
    found->waiters = longest->waiters;
    log_quote(longest->key, found->key);
    memcpy(found->reason, report->reason, sizeof(found->reason));
}

static int work_out(struct question *question, struct report *report)
{
    struct slow_waits *slow_waits = CONTAINER_OF(question, struct slow_waits, question);
    int code;

    report->hang_ms = slow_waits->threshold_ms;
    code = report_find(report);
    if (code == 0)
        note(&slow_waits->answer, report);
    return code;
}

static void log_if_slow(struct slow_waits *slow_waits)
{
    const struct waits_found *latest = &slow_waits->latest;

    if (latest->longest_ms < slow_waits->threshold_ms) {
        slow_waits->next_ms = slow_waits->threshold_ms;
        return;
    }
    if (latest->longest_ms < slow_waits->next_ms)
        return;
    log_write(
        slow_waits->log, TCPSTORE_LOG_WARN, "slow-wait",
        "waiting=%zu seconds=%" PRId64 " key=%s reason=\"%s\"", latest->waiters,
        latest->longest_ms / 1000, latest->key, latest->reason);
    while (slow_waits->next_ms <= latest->longest_ms)
        slow_waits->next_ms *= 2;
}

static bool is_busy(const struct slow_waits *slow_waits)
{
    return uv_is_active((const uv_handle_t *)&slow_waits->timer);
}

static void on_answered(struct question *question, int code)
{
    struct slow_waits *slow_waits = CONTAINER_OF(question, struct slow_waits, question);

    slow_waits->is_asking = false;
    if (code || !is_busy(slow_waits)) /* it is about clients that have left since */
        return;
    slow_waits->latest = slow_waits->answer;
    if (slow_waits->threshold_ms > 0)
        log_if_slow(slow_waits);
}

static uint64_t period(const struct slow_waits *slow_waits)
{
    uint64_t ms = (uint64_t)slow_waits->threshold_ms / LOOKS + 1;

    return slow_waits->threshold_ms == 0 || ms > LOOK_MS ? LOOK_MS : ms;
}

/* Whether the next answer will be logged, if the wait that was the longest goes on. */
static bool will_log(const struct slow_waits *slow_waits)
{
    const struct waits_found *latest = &slow_waits->latest;

    return slow_waits->threshold_ms > 0 && latest->longest_ms >= 0 &&
           latest->longest_ms + (int64_t)period(slow_waits) >= slow_waits->next_ms;
}

static void on_time(uv_timer_t *timer)
{
    struct slow_waits *slow_waits = timer->data;

    if (slow_waits->is_asking)
        return;
    slow_waits->is_asking = true;
    /* To find the processes takes long, so only for the log. */
    slow_waits->question.port = will_log(slow_waits) ? slow_waits->port : 0;
    census_ask(slow_waits->census, &slow_waits->question);
}

void slow_waits_init(
    struct slow_waits *slow_waits, uv_loop_t *loop, struct census *census,
    const struct log *log, uint32_t threshold_ms)
{
    *slow_waits = (struct slow_waits){
        .census = census,
        .log = log,
        .threshold_ms = threshold_ms,
        .latest = no_waits,
        .question = {.work_out = work_out, .answered = on_answered},
    };
    uv_timer_init(loop, &slow_waits->timer);
    slow_waits->timer.data = slow_waits;
}

static void start(struct slow_waits *slow_waits)
{
    slow_waits->next_ms = slow_waits->threshold_ms;
    uv_timer_start(&slow_waits->timer, on_time, period(slow_waits), period(slow_waits));
}

void slow_waits_set_busy(struct slow_waits *slow_waits, bool busy, uint16_t port)
{
    if (uv_is_closing((uv_handle_t *)&slow_waits->timer) || busy == is_busy(slow_waits))
        return;
    slow_waits->port = port;
    if (busy) {
        start(slow_waits);
        return;
    }
    slow_waits->latest = no_waits;
    uv_timer_stop(&slow_waits->timer);
}

void slow_waits_close(struct slow_waits *slow_waits)
{
    uv_close((uv_handle_t *)&slow_waits->timer, NULL);
}
