/* The query that a request asks, and what is known about it. */
#ifndef ENGINE_ASKED_H
#define ENGINE_ASKED_H

#include "engine/execution.h"

/* The query of a CHECK, WAIT or MULTI_GET of which no item is taken. NULL: its keys are few, or
 * no other client has sent it. */
struct query *asked_query(struct execution *execution);

/* Whether it is known, without a look at its names, that all exist (query->names.has_appeared),
 * or that some are missing (else; query->names.crowd waits for them). */
bool asked_is_known(const struct execution *execution, const struct query *query);

/* All of its names exist. */
void asked_note_existence(const struct execution *execution, struct query *query);

/* Begins a crowd with the session for the names of the query. It is held. NULL if memory is
 * refused. */
struct crowd *asked_begin_crowd(struct execution *execution, struct query *query);

#endif
