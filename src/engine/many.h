/* The handlers of operations on many keys. A request that exceeds its turn becomes unfinished;
 * the handler is called again for the items that are left. */
#ifndef ENGINE_MANY_H
#define ENGINE_MANY_H

#include "engine/execution.h"

int handle_check(struct execution *execution);
int handle_wait(struct execution *execution);
int handle_multi_get(struct execution *execution);
int handle_multi_set(struct execution *execution);

#endif
