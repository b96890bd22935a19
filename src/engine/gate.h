/* Lets requests execute while another session's long request is in progress: one that happens
 * at one moment, but takes several turns. */
#ifndef ENGINE_GATE_H
#define ENGINE_GATE_H

#include "engine/execution.h"

/* Call it before a request that begins. Returns 0 if it can be executed, or STOP_PENDING: it is
 * in line. */
int gate_pass(struct execution *execution);

/* store_has, for a request that takes turns and is not the one in progress. */
bool gate_exists(struct execution *execution, struct name name);

/* Call it before the session's wait is cancelled. */
void gate_before_cancel(struct execution *execution);

#endif
