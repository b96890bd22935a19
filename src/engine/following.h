/* Sessions follow queries: what arrives of a list that others send, too, is compared instead of
 * stored. `bytes` begin with the first byte of a request, and may lie in the session's input.
 */
#ifndef ENGINE_FOLLOWING_H
#define ENGINE_FOLLOWING_H

#include "engine/execution.h"

/* Returns whether the session follows a query with `bytes`, all that has arrived. */
bool following_join(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes);

/* The same for a request that is not whole, which may extend a query, or begin one. */
bool following_begin(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes);

/* Takes further bytes of the request, and moves `bytes` to its end. Returns false if they
 * differ from the query's or cannot extend it: the input has all before them then. */
bool following_go_on(
    struct engine *engine, struct session *session, struct effects *effects,
    struct span *bytes);

#endif
