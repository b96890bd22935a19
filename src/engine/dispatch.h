/* One handler for each operation. */
#ifndef ENGINE_DISPATCH_H
#define ENGINE_DISPATCH_H

#include "engine/execution.h"

/* An execute_fn that answers from the store. */
int dispatch(struct execution *execution);

#endif
