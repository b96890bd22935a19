/* Deadlines with one timeout, on one timer. Call its functions on the loop's thread. */
#ifndef SERVER_DEADLINES_H
#define SERVER_DEADLINES_H

#include <uv.h>

#include "base/list.h"

/* Embedded in what has a deadline, which finds itself by CONTAINER_OF. All zero: not started.
 */
struct deadline {
    struct list link;
    uint64_t at; /* loop time, ms */
};

struct deadlines {
    uv_timer_t timer;
    struct list started; /* the earliest first */
    uint64_t timeout_ms;
    uint64_t grace_given_at; /* loop time, ms: deadlines up to it have had a last read */
    void (*expired)(struct deadline *deadline);
};

void deadlines_init(
    struct deadlines *deadlines, uv_loop_t *loop, uint64_t timeout_ms,
    void (*expired)(struct deadline *deadline));

/* Calls `expired` `timeout_ms` from now, or a loop iteration later; if many expire, a few in
 * each iteration. Must not be started. */
void deadlines_start(struct deadlines *deadlines, struct deadline *deadline);

/* A deadline that is not started is fine. */
void deadline_cancel(struct deadline *deadline);

/* None may be started afterwards. */
void deadlines_close(struct deadlines *deadlines);

#endif
