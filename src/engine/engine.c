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
static int validate(struct session *session, const struct request *request)
{
    if (request->word != WIRE_VALIDATE_MAGIC)
        return TCPSTORE_EMAGIC;
    session->validated = true;
    return 0;
}

/* A wrong first byte is refused before more of such a stranger's input is waited for. */
static bool is_stranger(const struct session *session, struct span bytes)
{
    return !session->validated && bytes.len > 0 && bytes.bytes[0] != WIRE_VALIDATE;
}

static int refuse_stranger(struct refusal *ret_refusal, uint8_t opcode)
{
    *ret_refusal =
        (struct refusal){.code = TCPSTORE_ENOTVALIDATED, .operation = wire_opcode_name(opcode)};
    return ret_refusal->code;
}

static int execute(struct session *session, struct call *call)
{
    int code = session->validated ? dispatch(call) : validate(session, &call->request);

    if (code) {
        call->refusal->code = code;
        call->refusal->operation = wire_opcode_name(call->request.opcode);
        call->refusal->key = call->request.key;
        if (code == TCPSTORE_EOUTPUT)
            call->refusal->limit = call->replies->limit;
    }
    return code;
}

int engine_receive(
    struct engine *engine, struct session *session, struct slice bytes, struct effects *effects,
    size_t *ret_consumed)
{
    struct span rest = bytes.span;
    struct call call;
    int code = 0;

    call.store = &engine->store;
    call.waiter = &session->waiter;
    call.request.value.blob = bytes.blob;
    call.replies = effects->replies;
    call.released = &effects->released;
    call.refusal = &effects->refusal;
    call.queue_entries = engine->limits.queue_entries;
    call.appended_bytes = engine->limits.appended_bytes;
    effects->released.own = &session->waiter;
    while (code == 0 && effects->replies->bytes <= engine->limits.reply_bytes) {
        enum scan_verdict verdict;

        if (is_stranger(session, rest))
            return refuse_stranger(&effects->refusal, rest.bytes[0]);
        verdict = scan_request(
            &session->scan, &engine->limits.wire, rest, &call.request, &effects->refusal);
        if (verdict == SCAN_MORE)
            break;
        if (verdict == SCAN_BAD)
            return effects->refusal.code;
        code = execute(session, &call);
        rest = span_from(rest, call.request.len);
    }
    if (code)
        return code;
    *ret_consumed = bytes.span.len - rest.len;
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
