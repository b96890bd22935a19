/*
 * Looks at the waits every few seconds. Logs what clients wait for when the longest wait passes
 * a threshold, and again each time that it has doubled. Call its functions on the loop's
 * thread.
 */
#ifndef OBSERVE_SLOW_WAITS_H
#define OBSERVE_SLOW_WAITS_H

#include "observe/census.h"

/* What a look at the waits has found. */
struct waits_found {
    size_t clients;     /* that wait, but not for events that may never happen */
    int64_t longest_ms; /* of their waits; -1: no client waits */
    size_t waiters;     /* of the stage with the longest wait */
    char key[LOG_QUOTED_MAX];
    char reason[REPORT_REASON_MAX];
};

/* The longest of the waits; 0: no client waits. */
static inline int64_t waits_found_oldest_ms(const struct waits_found *found)
{
    return found->longest_ms > 0 ? found->longest_ms : 0;
}

struct slow_waits {
    uv_timer_t timer;
    struct census *census;
    const struct log *log;
    int64_t threshold_ms;
    int64_t next_ms; /* the wait that is logged next */
    uint16_t port;   /* see slow_waits_set_busy */

    struct question question;
    bool is_asking;
    struct waits_found answer; /* of the question: the census's thread writes it */
    struct waits_found latest;
};

/* Looks at nothing yet. `threshold_ms` 0: nothing is logged. The others are borrowed. */
void slow_waits_init(
    struct slow_waits *slow_waits, uv_loop_t *loop, struct census *census,
    const struct log *log, uint32_t threshold_ms);

/* Looks while clients are connected: an idle server sleeps. `port`: to which they connect; 0:
 * the log does not name their processes. */
void slow_waits_set_busy(struct slow_waits *slow_waits, bool busy, uint16_t port);

void slow_waits_close(struct slow_waits *slow_waits);

#endif
