/* LIST_KEYS. The keys of a large store are gathered in turns. */
#ifndef ENGINE_LISTING_H
#define ENGINE_LISTING_H

#include "engine/execution.h"

struct listing;

int handle_list_keys(struct execution *execution);

/* Drops what was gathered. Returns whether that is done; if not, call it again
 * with more steps. */
bool listing_drop(struct listing *listing, struct execution *execution);

#endif
