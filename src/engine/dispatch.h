/* One handler for each operation. */
#ifndef ENGINE_DISPATCH_H
#define ENGINE_DISPATCH_H

#include "engine/engine.h"
#include "wire/request.h"

/* Executes a request of a session that has validated. Returns 0 or the code of the refusal,
 * which is filled in. */
int dispatch(
    struct engine *engine, struct session *session, struct slice bytes,
    struct effects *effects);

#endif
