/* The keys of a request that has many of them. */
#ifndef ENGINE_ITEMS_H
#define ENGINE_ITEMS_H

#include "engine/unfinished.h"

/* Whether the request is too long for one go, or has already begun its turns. */
static inline bool takes_turns(const struct execution *execution)
{
    const struct request *request = &execution->request;
    const struct engine_limits *limits = &execution->engine->limits;

    return request->items.left > limits->items_at_once ||
           (request->len > limits->bytes_at_once && request->items.left > 1);
}

/* Whether the request neither takes turns nor has so many keys that others may share what is
 * found out. */
static inline bool is_short(const struct execution *execution)
{
    const struct request *request = &execution->request;
    const struct engine_limits *limits = &execution->engine->limits;

    return request->items.left < limits->query_keys &&
           request->items.left <= limits->items_at_once &&
           request->len <= limits->bytes_at_once;
}

/* What it takes to look all of them up, and to copy the values in the request. */
static inline uint64_t steps_of_items(const struct request *request)
{
    return request->items.left + request->len / STEP_BYTES;
}

static inline void charge_items(struct execution *execution)
{
    execution->effects->steps -= (long)steps_of_items(&execution->request);
}

/* To be called before the next item of a request that takes turns. */
static inline void unmark_unfinished(struct execution *execution)
{
    execution->request.items.left &= ~UNFINISHED_ITEMS;
}

/* The next name of a request that takes turns. */
static inline struct name take_name(struct execution *execution)
{
    struct span key = request_next_key(&execution->request.items);

    execution->effects->steps -= steps_of_name(key.len);
    return store_name(&execution->engine->store, key);
}

#endif
