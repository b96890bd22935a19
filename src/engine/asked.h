/* The query that a request asks. */
#ifndef ENGINE_ASKED_H
#define ENGINE_ASKED_H

#include "engine/execution.h"

struct query *asked_query_of_many(struct execution *execution);

/* The query with the keys of a CHECK, WAIT or MULTI_GET. NULL: they are few, or no other client
 * has sent them. */
static inline struct query *asked_query(struct execution *execution)
{
    if (execution->request.items.left < execution->engine->limits.query_keys)
        return NULL;
    return asked_query_of_many(execution);
}

#endif
