/* Executes the requests at the front of a session's bytes, until it stops. */
#ifndef ENGINE_EXECUTE_H
#define ENGINE_EXECUTE_H

#include "engine/execution.h"

struct progress {
    enum stop stop;
    size_t left; /* bytes, at the end of what was given */
};

/* Call it when a moment may have begun or ended. */
void execute_choose_begin(struct engine *engine);

/* Executes the whole requests at the front of `bytes`, which lie in `blob` unless it is NULL.
 */
struct progress execute_requests(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    struct blob *blob);

/* The same, for a slice at the front of which a request may be unfinished. */
struct progress execute_slice(
    struct engine *engine, struct session *session, struct effects *effects,
    const struct slice *slice);

#endif
