/* What a session leaves behind. */
#ifndef ENGINE_ABANDON_H
#define ENGINE_ABANDON_H

#include "engine/execution.h"

/* The session leaves: drops what its request has prepared, and completes what is visible to
 * others. Returns whether that is done; if not, call it again with more steps. */
bool abandon(struct execution *execution);

#endif
