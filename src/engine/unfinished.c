#include "engine/unfinished.h"

#include <tcpstore/error.h>

#include "wire/opcode.h"

int unfinished_begin(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished != NULL)
        return STOP_TURN_OVER;
    unfinished = memory_alloc(execution->session->memory, sizeof(*unfinished));
    if (unfinished == NULL)
        return TCPSTORE_ENOMEM;
    *unfinished = (struct unfinished){.opcode = execution->request.opcode};
    execution->session->unfinished = unfinished;
    return STOP_TURN_OVER;
}

void unfinished_end(struct execution *execution)
{
    if (execution->session->unfinished == NULL)
        return;
    memory_free(
        execution->session->memory, execution->session->unfinished, sizeof(struct unfinished));
    execution->session->unfinished = NULL;
    line_leave(execution->line, &execution->session->place);
}

static bool drop(const struct unfinished *unfinished, struct execution *execution)
{
    struct moment *moment = &execution->store->moment;

    if (unfinished->arriving != NULL)
        return arriving_discard(moment, unfinished->arriving, &execution->effects->steps);
    if (!unfinished->has_begun)
        return true;
    if (unfinished->opcode == WIRE_MULTI_SET)
        return moment_settle(moment, &execution->effects->released, &execution->effects->steps);
    return moment_thaw(moment, &execution->effects->steps);
}

bool unfinished_abandon(struct execution *execution)
{
    const struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished != NULL && !drop(unfinished, execution))
        return false;
    unfinished_end(execution);
    line_leave(execution->line, &execution->session->place);
    return true;
}
