#include "engine/execute.h"

#include <tcpstore/error.h>

#include "base/cold.h"
#include "engine/gate.h"
#include "engine/unfinished.h"
#include "record/record.h"
#include "wire/opcode.h"
#include "wire/reply.h"

enum {
    EARLY_REQUESTS = 1024 /* after which a client's first key is not looked for any more */
};

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
    return 0;
}

static bool sets_key(uint8_t opcode)
{
    return opcode == WIRE_SET || opcode == WIRE_COMPARE_SET || opcode == WIRE_APPEND;
}

static void look_for_first_key(struct session *session, const struct request *request)
{
    if (sets_key(request->opcode))
        activity_note_key(&session->activity, request->key);
    else if (session->activity.requests < EARLY_REQUESTS)
        return;
    session->is_known = true;
}

/* What early requests do besides; the later ones pay nothing for it. */
static int begin_early(struct execution *execution)
{
    struct session *session = execution->session;

    if (!session->validated)
        return validate(execution);
    look_for_first_key(session, &execution->request);
    if (session->is_known)
        execution->begin = execution->engine->begin;
    return execution->engine->begin(execution);
}

/* Whether a request comes before VALIDATE. Its first byte suffices: a client that speaks
 * another protocol may never send more. */
static bool precedes_validate(const struct session *session, uint8_t opcode)
{
    return !session->validated && opcode != WIRE_VALIDATE;
}

/* A method of HTTP begins with a letter, and no operation's number is one. */
static const char *name_of_first(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? "HTTP" : wire_opcode_name(byte);
}

static COLD struct progress refuse_all(
    struct effects *effects, struct span bytes, int code, const char *operation)
{
    effects->refusal = (struct refusal){.code = code, .operation = operation};
    return (struct progress){STOP_REFUSED, bytes.len};
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

/* Executes the whole requests at the front of `bytes`. Without "flatten", gcc does not inline
 * scan_request, which costs every request 36 instructions. */
static __attribute__((flatten)) struct progress execute_all(
    struct engine *engine, struct session *session, struct effects *effects,
    struct execution *execution, struct span bytes)
{
    struct progress progress = {.stop = STOP_NEEDS_BYTES};

    while (bytes.len > 0) {
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
        execution->count++;
        bytes = span_from(bytes, execution->request.len);
    }
    progress.left = bytes.len;
    return progress;
}

static struct progress refuse_early(
    const struct engine *engine, const struct session *session, struct effects *effects,
    struct span bytes, int code, const char *operation)
{
    struct progress progress = refuse_all(effects, bytes, code, operation);

    record_progress(engine, session, effects, bytes, 0, progress);
    return progress;
}

struct progress execute_requests(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    struct blob *blob)
{
    struct execution execution;
    struct progress progress;
    uint64_t count;

    if (list_is_linked(&session->waiter.released) && take_own_release(session, effects))
        return refuse_early(engine, session, effects, bytes, TCPSTORE_ENOMEM, "release");
    if (bytes.len > 0 && precedes_validate(session, bytes.bytes[0]))
        return refuse_early(
            engine, session, effects, bytes, TCPSTORE_ENOTVALIDATED,
            name_of_first(bytes.bytes[0]));
    execution_prepare(&execution, engine, session, effects);
    execution.begin = session->is_known ? engine->begin : begin_early;
    execution.request.value.blob = blob;
    progress = execute_all(engine, session, effects, &execution, bytes);
    /* Read in this way, gcc counts it in memory, and not in a register that it saves. */
    count = __atomic_load_n(&execution.count, __ATOMIC_RELAXED);
    session->activity.requests += count;
    record_progress(engine, session, effects, bytes, count, progress);
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
        return refuse_all(effects, bytes, TCPSTORE_ENOMEM, "release");
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
        progress = execute_unfinished(engine, session, effects, slice->span);
        record_progress(
            engine, session, effects, slice->span, progress.stop == STOP_NEEDS_BYTES, progress);
    }
    if (progress.stop == STOP_NEEDS_BYTES)
        progress = execute_requests(
            engine, session, effects, span_last(slice->span, progress.left), slice->blob);
    return progress;
}
