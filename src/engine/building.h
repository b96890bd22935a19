/* Makes the shared reply to a MULTI_GET of many keys in turns: see engine/shared_reply.h. */
#ifndef ENGINE_BUILDING_H
#define ENGINE_BUILDING_H

#include "engine/execution.h"

struct building;

/* Begins to make the reply in turns; the moment must be frozen. NULL if memory is refused. */
struct building *building_begin(const struct execution *execution);

/* Goes on while there are steps. Returns 0 once it is done, or cannot be done: the request's
 * items are as at its beginning then. Otherwise STOP_TURN_OVER. */
int building_go_on(struct execution *execution, struct building *building);

/* Ends it, and keeps the reply of a finished one for the query, if there is one. Returns
 * whether it is kept. Frees `building`. */
bool building_end(struct execution *execution, struct building *building, struct query *query);

#endif
