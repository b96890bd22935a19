/* The handlers of CHECK and WAIT. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "engine/execution.h"

int handle_check(struct execution *execution);
int handle_wait(struct execution *execution);

#endif
