#include "engine/asked.h"

enum { COUNT_BYTES = 8 /* in front of the keys */ };

struct query *asked_query(struct execution *execution)
{
    const struct engine_limits *limits = &execution->engine->limits;
    const struct request *request = &execution->request;

    if (limits->query_keys == 0 || request->items.left < limits->query_keys)
        return NULL;
    execution->effects->steps -= (long)(request->len / STEP_BYTES);
    return queries_find(
        &execution->engine->queries,
        span_of(request->items.at - COUNT_BYTES, request->len - WIRE_OPCODE_SIZE),
        execution->session);
}
