/*
 * The reply to a MULTI_GET that several clients send: it is made once, and valid until a value
 * of any such reply changes. If it cannot be kept, because a key is missing, it is too long or
 * memory is refused, the request is answered without it.
 */
#ifndef ENGINE_SHARED_REPLY_H
#define ENGINE_SHARED_REPLY_H

#include "engine/execution.h"

struct building;

/* Makes the reply to the query in one go, unless it is there. Returns whether it can be sent.
 */
bool shared_reply_make(struct execution *execution, struct query *query);

/* Whether to make the reply to the query: it has been missed before, and nothing has changed
 * since. If values change between requests, a reply would serve only one. */
bool shared_reply_is_worth_it(const struct execution *execution, struct query *query);

/* Whether the reply to the query is there, and all that is in it as it was. */
bool shared_reply_is_valid(const struct execution *execution, const struct query *query);

/* Whether the replies can hold it beside what they hold. */
bool shared_reply_fits(const struct execution *execution, const struct query *query);

/* Begins to make the reply in turns; the moment must be frozen. NULL if memory is refused. */
struct building *building_begin(const struct execution *execution);

/* Goes on while there are steps. Returns 0 once it is done, or cannot be done: the request's
 * items are as at its beginning then. Otherwise STOP_TURN_OVER. */
int building_go_on(struct execution *execution, struct building *building);

/* Ends it, and keeps the reply of a finished one for the query, if there is one. Returns
 * whether it is kept. Frees `building`. */
bool building_end(struct execution *execution, struct building *building, struct query *query);

#endif
