/* How late the loop is: a timer's delays, by length. Call its functions on the loop's thread.
 */
#ifndef OBSERVE_LAG_H
#define OBSERVE_LAG_H

#include <stdbool.h>
#include <uv.h>

#include "server/histogram.h"

struct lag {
    uv_timer_t timer;
    uint64_t expected; /* ns; when it should be called next */
    struct histogram delays;
};

/* Measures nothing yet. */
void lag_init(struct lag *lag, uv_loop_t *loop);

/* Measures while it is busy: an idle server sleeps. */
void lag_set_busy(struct lag *lag, bool is_busy);

void lag_close(struct lag *lag);

#endif
