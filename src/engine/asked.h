/* The query that a request asks. */
#ifndef ENGINE_ASKED_H
#define ENGINE_ASKED_H

#include "engine/execution.h"

/* The query with the keys of a CHECK, WAIT or MULTI_GET. NULL: they are few, or no other client
 * has sent them. */
struct query *asked_query(struct execution *execution);

#endif
