/* For Kubernetes and other supervisors. */
#include <stdio.h>
#include <string.h>

#include "observe/answers.h"
#include "observe/observer.h"

static bool answer(struct inquiry *inquiry, unsigned status, const char *words)
{
    inquiry->answer = (struct http_answer){
        .status = status,
        .type = "text/plain; charset=utf-8",
        .bytes = words,
        .len = strlen(words),
        .is_static = true,
    };
    return true;
}

/* That the loop answers at all says it. */
bool answer_health(struct inquiry *inquiry)
{
    return answer(inquiry, 200, "ok\n");
}

bool answer_readiness(struct inquiry *inquiry)
{
    const struct clients *clients = inquiry->sources->clients;

    if (inquiry->observer->is_draining)
        return answer(inquiry, 503, "no client can connect: the server is draining\n");
    if (clients_are_full(clients))
        return answer(
            inquiry, 503, "no client can connect: --max-clients are connected already\n");
    if (memories_are_full(clients->service.config.memories))
        return answer(
            inquiry, 503, "no key can be set: the stores have reached --max-memory\n");
    return answer(inquiry, 200, "ready\n");
}
