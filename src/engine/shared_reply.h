/*
 * The reply to a MULTI_GET that several clients send: it is made once, and valid until a value
 * of any such reply changes. If it cannot be kept, because a key is missing, it is too long or
 * memory is refused, the request is answered without it.
 */
#ifndef ENGINE_SHARED_REPLY_H
#define ENGINE_SHARED_REPLY_H

#include "engine/execution.h"

/* Makes the reply to the query in one go, unless it is there. Returns whether it can be sent.
 */
bool shared_reply_make(struct execution *execution, struct query *query);

/* Whether to make the reply to the query: it has been missed before, and nothing has changed
 * since. If values change between requests, a reply would serve only one. */
bool shared_reply_is_worth_it(const struct execution *execution, const struct query *query);

/* A request for the query is answered without the reply, or makes it in turns. */
void shared_reply_note_miss(const struct execution *execution, struct query *query);

/* Whether the reply to the query is there, and all that is in it as it was. */
bool shared_reply_is_valid(const struct execution *execution, const struct query *query);

/* Whether the replies can hold it beside what they hold. */
bool shared_reply_fits(const struct execution *execution, const struct query *query);

/* Writes the entry's value as it is in a reply to `at`. A write to the entry will make all such
 * replies invalid. Returns the end. */
uint8_t *shared_reply_put(uint8_t *at, struct entry *entry);

#endif
