#include "engine/execute.h"

#include <tcpstore/error.h>

#include "engine/gate.h"
#include "engine/unfinished.h"
#include "record/record.h"
#include "wire/opcode.h"
#include "wire/reply.h"

/* While another request's moment is in progress. */
static int pass_and_execute(struct execution *execution)
{
    int code = gate_pass(execution);

    return code ? code : execution->engine->execute(execution);
}

void execute_choose_begin(struct engine *engine)
{
    engine->begin =
        engine->store.moment.phase == MOMENT_NONE ? engine->execute : pass_and_execute;
}

/* The first request of a session must be VALIDATE with the right number. */
static int validate(struct execution *execution)
{
    if (execution->request.word != WIRE_VALIDATE_MAGIC)
        return TCPSTORE_EMAGIC;
    execution->session->validated = true;
    execution->begin = execution->engine->begin;
    return 0;
}

/* Whether a request comes before VALIDATE. Its first byte suffices: a client that speaks
 * another protocol may never send more. */
static bool precedes_validate(const struct session *session, uint8_t opcode)
{
    return !session->validated && opcode != WIRE_VALIDATE;
}

static enum stop refuse(struct effects *effects, int code, const char *operation)
{
    effects->refusal = (struct refusal){.code = code, .operation = operation};
    return STOP_REFUSED;
}

static enum stop refuse_unvalidated(struct effects *effects, uint8_t opcode)
{
    return refuse(effects, TCPSTORE_ENOTVALIDATED, wire_opcode_name(opcode));
}

/* Its release has not been sent yet, and precedes the replies to come. Inlined, it costs a WAIT
 * with its CANCEL_WAIT three instructions. */
static __attribute__((noinline)) int take_own_release(
    struct session *session, struct effects *effects)
{
    list_remove(&session->waiter.released);
    return reply_status(effects->replies, WIRE_STOP_WAITING);
}

static struct progress refuse_request(
    const struct execution *execution, int code, struct span bytes)
{
    struct refusal *refusal = &execution->effects->refusal;

    if (code != TCPSTORE_EVALUESIZE && code != TCPSTORE_EQUEUEFULL)
        *refusal = (struct refusal){.actual = 0}; /* else the handler has set the numbers */
    refusal->code = code;
    refusal->operation = wire_opcode_name(execution->request.opcode);
    refusal->key = execution->request.key;
    if (code == TCPSTORE_EOUTPUT)
        refusal->limit = execution->replies->limit;
    return (struct progress){STOP_REFUSED, bytes.len};
}

static void keep_unfinished(const struct execution *execution, struct span bytes)
{
    const struct request *request = &execution->request;
    struct unfinished *unfinished = execution->session->unfinished;

    if (unfinished == NULL)
        return;
    unfinished->len = request->len;
    if (!wire_layout_of(request->opcode)->counted)
        return;
    unfinished->at = (size_t)(request->items.at - bytes.bytes);
    unfinished->left = request->items.left;
}

/* If memory is refused while there are replies, the request is tried again once these are sent,
 * and their memory is free. */
static bool may_be_tried_again(const struct execution *execution, int code)
{
    return code == TCPSTORE_ENOMEM && execution->replies->bytes > 0 &&
           execution->session->unfinished == NULL;
}

/* The request at the front of `bytes` was refused, or is not done yet. Inlined, it costs every
 * request two instructions. */
static __attribute__((noinline)) struct progress stop_at(
    struct engine *engine, struct execution *execution, int code, struct span bytes)
{
    int error;

    execute_choose_begin(engine);
    if (may_be_tried_again(execution, code))
        return (struct progress){STOP_TURN_OVER, bytes.len};
    error = code < 0 ? code : reply_own_release(execution);
    if (error)
        return refuse_request(execution, error, bytes);
    keep_unfinished(execution, bytes);
    return (struct progress){(enum stop)code, bytes.len};
}

/* Executes the whole requests at the front of `bytes`. Without "flatten", gcc does not inline
 * scan_request, which costs every request 36 instructions. */
static __attribute__((flatten)) struct progress execute_all(
    struct engine *engine, struct session *session, struct effects *effects,
    struct execution *execution, struct span bytes)
{
    struct progress progress = {.stop = STOP_NEEDS_BYTES};
    uint64_t count = 0;

    for (; bytes.len > 0; count++) {
        enum scan_verdict verdict;
        int code;

        if (--effects->steps < 0 || effects->replies->bytes > engine->limits.reply_bytes) {
            progress.stop = STOP_TURN_OVER;
            break;
        }
        verdict = scan_request(
            &session->scan, &engine->limits.wire, bytes, &execution->request,
            &effects->refusal);
        if (verdict != SCAN_WHOLE) {
            progress.stop = verdict == SCAN_BAD ? STOP_REFUSED : STOP_NEEDS_BYTES;
            break;
        }
        code = execution->begin(execution);
        if (code != 0) {
            progress = stop_at(engine, execution, code, bytes);
            break;
        }
        engine->executed[execution->request.opcode]++;
        bytes = span_from(bytes, execution->request.len);
    }
    session->activity.requests += count;
    progress.left = bytes.len;
    return progress;
}

/* Records the turn, in which `count` requests at the front of `bytes` were executed. */
static inline void record_progress(
    const struct engine *engine, const struct session *session, const struct effects *effects,
    struct span bytes, size_t count, struct progress progress)
{
    if (engine->record == NULL)
        return;
    if (count > 0)
        record_turn(
            engine->record, effects->now, session->number,
            span_of(bytes.bytes, bytes.len - progress.left), count,
            waiter_is_waiting(&session->waiter));
    if (progress.stop == STOP_REFUSED)
        record_refused(
            engine->record, effects->now, session->number, effects->refusal.code,
            span_last(bytes, progress.left));
}

static struct progress execute_new(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    struct blob *blob)
{
    struct execution execution;

    if (list_is_linked(&session->waiter.released) && take_own_release(session, effects))
        return (struct progress){refuse(effects, TCPSTORE_ENOMEM, "release"), bytes.len};
    if (bytes.len > 0 && precedes_validate(session, bytes.bytes[0]))
        return (struct progress){refuse_unvalidated(effects, bytes.bytes[0]), bytes.len};
    execution_prepare(&execution, engine, session, effects);
    execution.begin = session->validated ? engine->begin : validate;
    execution.request.value.blob = blob;
    return execute_all(engine, session, effects, &execution, bytes);
}

struct progress execute_requests(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    struct blob *blob)
{
    uint64_t before = session->activity.requests;
    struct progress progress = execute_new(engine, session, effects, bytes, blob);

    record_progress(
        engine, session, effects, bytes, session->activity.requests - before, progress);
    return progress;
}

/* Goes on with the unfinished request, which is the first. */
static struct progress execute_unfinished(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    const struct unfinished *unfinished = session->unfinished;
    struct execution execution;
    int code;

    if (list_is_linked(&session->waiter.released) && !unfinished_is_amid_reply(session) &&
        take_own_release(session, effects))
        return (struct progress){refuse(effects, TCPSTORE_ENOMEM, "release"), bytes.len};
    execution_prepare(&execution, engine, session, effects);
    execution.request = (struct request){
        .opcode = unfinished->opcode,
        .len = unfinished->len,
        .items.at = bytes.bytes + unfinished->at,
        .items.left = unfinished->left | UNFINISHED_ITEMS,
    };
    code = engine->execute(&execution);
    if (code != 0)
        return stop_at(engine, &execution, code, bytes);
    execute_choose_begin(engine);
    session->activity.requests++;
    engine->executed[execution.request.opcode]++;
    return (struct progress){STOP_NEEDS_BYTES, bytes.len - execution.request.len};
}

/* APPEND is not resumed with the items that are left, but executed again. */
struct progress execute_slice(
    struct engine *engine, struct session *session, struct effects *effects,
    const struct slice *slice)
{
    struct progress progress = {STOP_NEEDS_BYTES, slice->span.len};

    if (session->unfinished != NULL && session->unfinished->opcode != WIRE_APPEND) {
        uint64_t before = session->activity.requests;

        progress = execute_unfinished(engine, session, effects, slice->span);
        record_progress(
            engine, session, effects, slice->span, session->activity.requests - before,
            progress);
    }
    if (progress.stop == STOP_NEEDS_BYTES)
        progress = execute_requests(
            engine, session, effects, span_last(slice->span, progress.left), slice->blob);
    return progress;
}
