#include "engine/asked.h"

#include "wire/opcode.h"

__attribute__((cold)) struct query *asked_query(struct execution *execution)
{
    const struct request *request = &execution->request;
    struct span bytes = span_of(request->items.at - WIRE_COUNTED_HEAD, request->len);

    if (request->items.left < execution->engine->limits.query_keys)
        return NULL;
    return queries_find(
        &execution->engine->queries, bytes, execution->session, &execution->effects->steps);
}

/* While keys settle, the crowd may be waiting for some that exist. */
static __attribute__((cold)) bool is_known_to_miss(
    const struct execution *execution, const struct query *query)
{
    const struct crowd *crowd = query->names.crowd;

    return crowd != NULL && !crowd->waiter.held &&
           execution->engine->store.moment.phase != MOMENT_SETTLING;
}

__attribute__((cold)) bool asked_is_known(
    const struct execution *execution, const struct query *query)
{
    return query->since == execution->engine->store.unannounced &&
           (query->names.has_appeared || is_known_to_miss(execution, query));
}

__attribute__((cold)) void asked_note_existence(
    const struct execution *execution, struct query *query)
{
    crowd_close(&query->names);
    query->names.has_appeared = true;
    query->since = execution->engine->store.unannounced;
}

__attribute__((cold)) struct crowd *asked_begin_crowd(
    struct execution *execution, struct query *query)
{
    struct store *store = &execution->engine->store;

    query->since = store->unannounced;
    return store_begin_crowd(store, &execution->session->waiter, &query->names);
}
