/* The query that a request asks, and what is known about it. */
#ifndef ENGINE_ASKED_H
#define ENGINE_ASKED_H

#include "engine/execution.h"

/* The query of a CHECK, WAIT or MULTI_GET of which no item is taken. NULL: its keys are few, or
 * no other client has sent it. */
struct query *asked_query(struct execution *execution);

/* The same once all items are taken. */
struct query *asked_query_at_end(struct execution *execution);

/* Whether the answer is known without a look-up: either all names exist
 * (query->names.has_appeared), or some are missing, and query->names.crowd waits for them. */
bool asked_is_known(const struct execution *execution, const struct query *query);

/* All names of the query, which is that of a CHECK, exist. */
void asked_note_existence(const struct execution *execution, struct query *query);

/* Begins a crowd with the session for the names of the query. It is held. NULL if memory is
 * refused. */
struct crowd *asked_begin_crowd(struct execution *execution, struct query *query);

#endif
