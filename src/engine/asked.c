#include "engine/asked.h"

#include "base/bytes.h"
#include "base/cold.h"
#include "wire/opcode.h"

static struct query *query_of(struct execution *execution, const uint8_t *request)
{
    struct engine *engine = execution->engine;

    if (bytes_get_u64(request + WIRE_OPCODE_SIZE) < engine->limits.query_keys)
        return NULL;
    return queries_find(
        &engine->queries, span_of(request, execution->request.len), execution->session,
        &execution->effects->steps);
}

COLD struct query *asked_query(struct execution *execution)
{
    return query_of(execution, execution->request.items.at - WIRE_COUNTED_HEAD);
}

COLD struct query *asked_query_at_end(struct execution *execution)
{
    return query_of(execution, execution->request.items.at - execution->request.len);
}

/* While keys settle, the crowd may be waiting for some that exist. */
static COLD bool is_known_to_miss(const struct execution *execution, const struct query *query)
{
    const struct crowd *crowd = query->names.crowd;

    return crowd != NULL && !crowd->waiter.held &&
           execution->engine->store.moment.phase != MOMENT_SETTLING;
}

COLD bool asked_is_known(const struct execution *execution, const struct query *query)
{
    return query->since == execution->engine->store.silent_changes &&
           (query->names.has_appeared || is_known_to_miss(execution, query));
}

COLD void asked_note_existence(const struct execution *execution, struct query *query)
{
    query->names.has_appeared = true;
    query->since = execution->engine->store.silent_changes;
}

COLD struct crowd *asked_begin_crowd(struct execution *execution, struct query *query)
{
    struct store *store = &execution->engine->store;

    query->since = store->silent_changes;
    return crowd_begin(&store->waits, &execution->session->waiter, &query->names);
}
