/* The handlers of MULTI_GET and MULTI_SET. */
#ifndef ENGINE_MULTI_H
#define ENGINE_MULTI_H

#include "engine/execution.h"

int handle_multi_get(struct execution *execution);
int handle_multi_set(struct execution *execution);

#endif
