#include "engine/engine.h"

#include <tcpstore/error.h>

#include "base/container.h"
#include "engine/dispatch.h"
#include "wire/reply.h"

int engine_init(
    struct engine *engine, struct memory *memory, const struct hash_key *hash_key,
    const struct engine_limits *limits)
{
    engine->limits = *limits;
    return store_init(&engine->store, memory, hash_key);
}

void engine_done(struct engine *engine)
{
    store_done(&engine->store);
}

void effects_init(struct effects *effects, struct outbox *replies)
{
    *effects = (struct effects){.replies = replies};
    released_init(&effects->released);
}

/* The first request of a session must be VALIDATE with the right number. */
static int validate(struct session *session, struct span bytes)
{
    struct request request;

    request_parse(bytes, &request);
    if (request.word != WIRE_VALIDATE_MAGIC)
        return TCPSTORE_EMAGIC;
    session->validated = true;
    return 0;
}

static int execute(
    struct engine *engine, struct session *session, struct slice request,
    struct effects *effects)
{
    int code;

    effects->refusal = (struct refusal){.operation = wire_opcode_name(request.span.bytes[0])};
    if (session->validated)
        code = dispatch(engine, session, request, effects);
    else
        code = validate(session, request.span);
    effects->refusal.code = code;
    return code;
}

/* A wrong first byte is refused before more of such a stranger's input is waited for. */
static bool is_stranger(const struct session *session, struct span bytes)
{
    return !session->validated && bytes.len > 0 && bytes.bytes[0] != WIRE_VALIDATE;
}

int engine_receive(
    struct engine *engine, struct session *session, struct slice bytes, struct effects *effects,
    size_t *ret_consumed)
{
    struct slice rest = bytes;
    int code = 0;

    while (code == 0 && effects->replies->bytes <= engine->limits.reply_bytes) {
        enum scan_verdict verdict;
        struct slice request = rest;

        if (is_stranger(session, rest.span)) {
            effects->refusal = (struct refusal){
                .code = TCPSTORE_ENOTVALIDATED,
                .operation = wire_opcode_name(rest.span.bytes[0]),
            };
            return TCPSTORE_ENOTVALIDATED;
        }
        verdict =
            scan_request(&session->scan, &engine->limits.wire, rest.span, &effects->refusal);
        if (verdict == SCAN_MORE)
            break;
        if (verdict == SCAN_BAD)
            return effects->refusal.code;
        request.span.len = session->scan.at;
        session->scan = (struct scan){0};
        code = execute(engine, session, request, effects);
        rest.span = span_from(rest.span, request.span.len);
    }
    if (code)
        return code;
    *ret_consumed = bytes.span.len - rest.span.len;
    return 0;
}

struct session *engine_take_released(struct effects *effects)
{
    struct waiter *waiter = released_take(&effects->released);

    return waiter == NULL ? NULL : CONTAINER_OF(waiter, struct session, waiter);
}

int engine_reply_released(struct outbox *replies)
{
    return reply_status(replies, WIRE_STOP_WAITING);
}

void engine_leave(struct engine *engine, struct session *session)
{
    store_give_up(&engine->store, &session->waiter);
}
