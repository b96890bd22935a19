/* For Kubernetes and other supervisors: whether the server serves, and to end it gently. */
#include <stdio.h>
#include <string.h>

#include "observe/answers.h"
#include "observe/json.h"
#include "observe/observer.h"
#include "observe/origin.h"

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
    const struct memory *stored = &clients->service.config.memories->stored;

    if (inquiry->observer->is_draining)
        return answer(inquiry, 503, "no client can connect: the server is draining\n");
    if (clients_are_full(clients))
        return answer(
            inquiry, 503, "no client can connect: --max-clients are connected already\n");
    if (stored->used + stored->excess >= memories_limit(clients->service.config.memories))
        return answer(inquiry, 503, "no key can be set: the store has reached --max-memory\n");
    return answer(inquiry, 200, "ready\n");
}

bool drain(struct inquiry *inquiry)
{
    const struct observer *observer = inquiry->observer;
    json_t *object;

    if (!origin_check(inquiry))
        return true;
    observer->changes->drain(observer->context);
    object = json_object();
    json_set_flag(object, "draining", true);
    json_set_number(object, "clients", inquiry->sources->clients->headcount->count);
    inquiry_answer_json(inquiry, object);
    return true;
}
