#include "engine/asked.h"

#include "wire/opcode.h"

struct query *asked_query_of_many(struct execution *execution)
{
    const struct request *request = &execution->request;
    struct span bytes = span_of(request->items.at - WIRE_COUNTED_HEAD, request->len);

    return queries_find(
        &execution->engine->queries, bytes, execution->session, &execution->effects->steps);
}

/* While keys settle, the crowd may be waiting for some that exist. */
static bool is_known_to_miss(const struct execution *execution, const struct query *query)
{
    const struct crowd *crowd = query->names.crowd;

    return crowd != NULL && !crowd->waiter.held &&
           execution->engine->store.moment.phase != MOMENT_SETTLING;
}

bool asked_is_known(const struct execution *execution, const struct query *query)
{
    return query->since == execution->engine->store.vanished &&
           (query->names.has_appeared || is_known_to_miss(execution, query));
}

void asked_note_existence(const struct execution *execution, struct query *query)
{
    crowd_close(&query->names);
    query->names.has_appeared = true;
    query->since = execution->engine->store.vanished;
}

struct crowd *asked_begin_crowd(struct execution *execution, struct query *query)
{
    struct store *store = &execution->engine->store;

    query->since = store->vanished;
    return store_begin_crowd(store, &execution->session->waiter, &query->names);
}
