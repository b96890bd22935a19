#include "engine/asked.h"

enum { COUNT_BYTES = 8 /* in front of the keys */ };

struct query *asked_query_of_many(struct execution *execution)
{
    const struct request *request = &execution->request;

    execution->effects->steps -= (long)(request->len / STEP_BYTES);
    return queries_find(
        &execution->engine->queries,
        span_of(request->items.at - COUNT_BYTES, request->len - WIRE_OPCODE_SIZE),
        execution->session);
}
