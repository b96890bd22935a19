/* Gives freed memory back to the system, a slice in each iteration of the loop, so that no
 * client waits for long. Calls memories_begin_iteration. Call its functions on the loop's
 * thread. */
#ifndef SERVER_UPKEEP_H
#define SERVER_UPKEEP_H

#include <uv.h>

#include "server/memories.h"

struct upkeep {
    uv_check_t check;
    uv_idle_t spin; /* while there is more to give back */
    struct memories *memories;
    bool busy;
};

void upkeep_init(struct upkeep *upkeep, uv_loop_t *loop, struct memories *memories);

/* Whether clients are connected. Without them nothing is kept, as after a job. After
 * upkeep_close it does nothing. */
void upkeep_set_busy(struct upkeep *upkeep, bool busy);

void upkeep_close(struct upkeep *upkeep);

#endif
