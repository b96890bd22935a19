#include "engine/unfinished.h"

#include <tcpstore/error.h>

int unfinished_begin(struct execution *execution)
{
    struct unfinished *unfinished;

    if (execution->session->unfinished != NULL)
        return 0;
    unfinished = memory_alloc(execution->session->memory, sizeof(*unfinished));
    if (unfinished == NULL)
        return TCPSTORE_ENOMEM;
    *unfinished = (struct unfinished){
        .opcode = execution->request.opcode,
        .since = execution->engine->store.silent_changes,
    };
    execution->session->unfinished = unfinished;
    return execution->replies->bytes > 0 ? STOP_TURN_OVER : 0;
}

void unfinished_end(struct execution *execution)
{
    if (execution->session->unfinished == NULL)
        return;
    memory_free(
        execution->session->memory, execution->session->unfinished, sizeof(struct unfinished));
    execution->session->unfinished = NULL;
    line_leave(&execution->engine->line, &execution->session->place);
}
