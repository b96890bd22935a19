#include "engine/engine.h"

#include "base/container.h"
#include "engine/abandon.h"
#include "engine/dispatch.h"
#include "engine/gate.h"
#include "engine/unfinished.h"
#include "wire/opcode.h"
#include "wire/reply.h"

int engine_init(
    struct engine *engine, struct memory *memory, struct memory *waits_memory,
    const struct hash_key *hash_key, const struct engine_limits *limits)
{
    engine->memory = memory;
    engine->limits = *limits;
    engine_execute_with(engine, dispatch);
    line_init(&engine->line);
    return store_init(&engine->store, memory, waits_memory, hash_key);
}

/* While another request's moment is in progress. */
static int pass_and_execute(struct execution *execution)
{
    int code = gate_pass(execution);

    return code ? code : execution->engine->execute(execution);
}

/* Call it when a moment may have begun or ended. */
static void choose_begin(struct engine *engine)
{
    engine->begin =
        engine->store.moment.phase == MOMENT_NONE ? engine->execute : pass_and_execute;
}

void engine_execute_with(struct engine *engine, execute_fn *execute)
{
    engine->execute = execute;
    choose_begin(engine);
}

void engine_done(struct engine *engine)
{
    store_done(&engine->store);
}

void engine_enter(struct session *session, struct memory *memory)
{
    *session = (struct session){.memory = memory};
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

/* Its release has not been sent yet, and precedes the replies to come. */
static __attribute__((noinline)) int take_own_release(
    struct session *session, struct effects *effects)
{
    list_remove(&session->waiter.released);
    return engine_reply_released(effects->replies);
}

/* Whether a moment that is the session's own is in progress. */
static bool has_moment(const struct session *session)
{
    return session->unfinished != NULL && session->unfinished->has_begun;
}

/* The request at the front keeps its place in line until it is done. */
static bool keeps_place(const struct session *session)
{
    const struct unfinished *unfinished = session->unfinished;

    return unfinished != NULL &&
           (unfinished->opcode == WIRE_MULTI_GET || unfinished->opcode == WIRE_MULTI_SET);
}

/* Part of its MULTI_GET's reply may be sent, so that nothing else can be sent before the rest.
 */
static bool is_amid_reply(const struct session *session)
{
    return has_moment(session) && session->unfinished->opcode == WIRE_MULTI_GET;
}

struct progress {
    enum stop stop;
    size_t left; /* bytes, at the end of what was given */
};

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

    choose_begin(engine);
    if (may_be_tried_again(execution, code))
        return (struct progress){STOP_TURN_OVER, bytes.len};
    error = code < 0 ? code : reply_own_release(execution);
    if (error)
        return refuse_request(execution, error, bytes);
    keep_unfinished(execution, bytes);
    return (struct progress){(enum stop)code, bytes.len};
}

/* Initializing the whole would clear its request, too. */
static inline void prepare_execution(
    struct engine *engine, struct session *session, struct effects *effects,
    struct execution *execution)
{
    execution->engine = engine;
    execution->session = session;
    execution->effects = effects;
    execution->replies = effects->replies;
    effects->released.own = &session->waiter;
}

/* Executes the whole requests at the front of `bytes`. */
static struct progress execute_all(
    struct engine *engine, struct session *session, struct effects *effects,
    struct execution *execution, struct span bytes)
{
    while (bytes.len > 0) {
        enum scan_verdict verdict;
        int code;

        if (--effects->steps < 0 || effects->replies->bytes > engine->limits.reply_bytes)
            return (struct progress){STOP_TURN_OVER, bytes.len};
        verdict = scan_request(
            &session->scan, &engine->limits.wire, bytes, &execution->request,
            &effects->refusal);
        if (verdict == SCAN_MORE)
            break;
        if (verdict == SCAN_BAD)
            return (struct progress){STOP_REFUSED, bytes.len};
        code = execution->begin(execution);
        if (code != 0)
            return stop_at(engine, execution, code, bytes);
        bytes = span_from(bytes, execution->request.len);
    }
    return (struct progress){STOP_NEEDS_BYTES, bytes.len};
}

/* Executes the whole requests at the front of `bytes`, which lie in `blob` unless it is NULL.
 */
static struct progress execute_requests(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    struct blob *blob)
{
    struct execution execution;

    if (list_is_linked(&session->waiter.released) && take_own_release(session, effects))
        return (struct progress){refuse(effects, TCPSTORE_ENOMEM, "release"), bytes.len};
    if (bytes.len > 0 && precedes_validate(session, bytes.bytes[0]))
        return (struct progress){refuse_unvalidated(effects, bytes.bytes[0]), bytes.len};
    prepare_execution(engine, session, effects, &execution);
    execution.begin = session->validated ? engine->begin : validate;
    execution.request.value.blob = blob;
    return execute_all(engine, session, effects, &execution, bytes);
}

/* For unexecuted bytes that begin with `opcode`. A value is stored where it was received, so it
 * must not be received in the reserve. */
static struct memory *memory_for(
    const struct engine *engine, const struct session *session, uint8_t opcode)
{
    return wire_carries_value(opcode) ? engine->memory : session->memory;
}

/* Goes on with the unfinished request, which is the first. */
static __attribute__((noinline)) struct progress execute_unfinished(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    const struct unfinished *unfinished = session->unfinished;
    struct execution execution;
    int code;

    if (list_is_linked(&session->waiter.released) && !is_amid_reply(session) &&
        take_own_release(session, effects))
        return (struct progress){refuse(effects, TCPSTORE_ENOMEM, "release"), bytes.len};
    prepare_execution(engine, session, effects, &execution);
    execution.request = (struct request){
        .opcode = unfinished->opcode,
        .len = unfinished->len,
        .items.at = bytes.bytes + unfinished->at,
        .items.left = unfinished->left | UNFINISHED_ITEMS,
    };
    code = engine->execute(&execution);
    if (code != 0)
        return stop_at(engine, &execution, code, bytes);
    choose_begin(engine);
    return (struct progress){STOP_NEEDS_BYTES, bytes.len - execution.request.len};
}

/* APPEND is not resumed with the items that are left, but executed again. */
static struct progress execute_slice(
    struct engine *engine, struct session *session, struct effects *effects,
    const struct slice *slice)
{
    struct progress progress = {STOP_NEEDS_BYTES, slice->span.len};

    if (session->unfinished != NULL && session->unfinished->opcode != WIRE_APPEND)
        progress = execute_unfinished(engine, session, effects, slice->span);
    if (progress.stop == STOP_NEEDS_BYTES)
        progress = execute_requests(
            engine, session, effects, span_last(slice->span, progress.left), slice->blob);
    return progress;
}

static enum stop execute_input(
    struct engine *engine, struct session *session, struct effects *effects)
{
    struct input *input = &session->input;
    struct slice all = input_slice(input);
    struct progress progress = execute_slice(engine, session, effects, &all);
    struct memory *memory = session->memory;

    if (progress.stop == STOP_REFUSED)
        return STOP_REFUSED; /* the refusal's key points into the input */
    if (progress.left > 0)
        memory = memory_for(engine, session, all.span.bytes[all.span.len - progress.left]);
    if (input_consume(input, memory, session_needs(session), all.span.len - progress.left))
        return refuse(effects, TCPSTORE_ENOMEM, "receive");
    return progress.stop;
}

/* Completes the unfinished request with just the bytes that it needs, so that the rest can be
 * executed where it lies. Inlined, this rarer case costs every session_feed six instructions.
 */
static __attribute__((noinline)) struct progress complete_input(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    enum stop stop = STOP_NEEDS_BYTES;

    while (stop == STOP_NEEDS_BYTES && !input_is_empty(&session->input) && bytes.len > 0) {
        if (input_complete(&session->input, session_needs(session), &bytes))
            stop = refuse(effects, TCPSTORE_ENOMEM, "receive");
        else
            stop = execute_input(engine, session, effects);
    }
    return (struct progress){stop, bytes.len};
}

/* If the input is not empty, `bytes` begin inside a request; their memory is the input's then.
 */
static enum stop keep(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    enum stop stop)
{
    struct memory *memory = memory_for(engine, session, bytes.bytes[0]);

    if (input_append(&session->input, memory, session_needs(session), bytes) == 0)
        return stop;
    if (!input_is_empty(&session->input) || effects->replies->bytes == 0 ||
        session->unfinished != NULL)
        return refuse(effects, TCPSTORE_ENOMEM, "receive");
    line_leave(&engine->line, &session->place); /* the request begins anew */
    effects->left = bytes.len;
    return STOP_NEEDS_BYTES;
}

enum stop session_feed(
    struct engine *engine, struct session *session, struct span bytes, struct effects *effects)
{
    struct progress progress = {session->stop, bytes.len};

    effects->left = 0;
    if (progress.stop == STOP_NEEDS_BYTES && !input_is_empty(&session->input))
        progress = complete_input(engine, session, effects, bytes);
    bytes = span_last(bytes, progress.left);
    if (progress.stop == STOP_NEEDS_BYTES)
        progress = execute_requests(engine, session, effects, bytes, NULL);
    if (progress.left > 0 && progress.stop != STOP_REFUSED)
        progress.stop =
            keep(engine, session, effects, span_last(bytes, progress.left), progress.stop);
    session->stop = progress.stop;
    return progress.stop;
}

/* A request without a moment of its own may go on without its place, or enters again. If it
 * kept the place, a longer request behind it would have it, too. */
enum stop session_continue(
    struct engine *engine, struct session *session, struct effects *effects)
{
    if (!keeps_place(session))
        line_leave(&engine->line, &session->place);
    session->stop = execute_input(engine, session, effects);
    return session->stop;
}

/* If memory is refused, session_feed reports it, should it still be refused then. */
struct room session_room(const struct engine *engine, struct session *session)
{
    struct input *input = &session->input;
    size_t needs = session_needs(session);

    if (session->stop == STOP_NEEDS_BYTES && !input_is_empty(input) &&
        needs >= input->len + engine->limits.room_bytes)
        return input_room(input, needs);
    return (struct room){.bytes = NULL};
}

enum stop session_received(
    struct engine *engine, struct session *session, size_t len, struct effects *effects)
{
    session->input.len += len;
    session->stop = execute_input(engine, session, effects);
    return session->stop;
}

static struct session *session_of(struct waiter *waiter)
{
    return waiter == NULL ? NULL : CONTAINER_OF(waiter, struct session, waiter);
}

/* Only one session at a time is in the middle of a reply. */
struct session *engine_take_released(struct effects *effects)
{
    struct session *session = session_of(released_take(&effects->released));
    struct session *next;

    if (session == NULL || !is_amid_reply(session))
        return session;
    next = session_of(released_take(&effects->released));
    list_append(&effects->released.waiters, &session->waiter.released);
    return next;
}

int engine_reply_released(struct outbox *replies)
{
    return reply_status(replies, WIRE_STOP_WAITING);
}

struct session *engine_take_ready(struct engine *engine)
{
    struct place *place = line_call(&engine->line);

    return place == NULL ? NULL : CONTAINER_OF(place, struct session, place);
}

bool session_must_go_on(const struct session *session)
{
    return session->place.is_first;
}

bool engine_leave(struct engine *engine, struct session *session, struct effects *effects)
{
    struct execution execution;
    bool is_done;

    prepare_execution(engine, session, effects, &execution);
    effects->released.own = NULL;
    if (!has_moment(session))
        line_leave(&engine->line, &session->place);
    gate_before_cancel(&execution);
    is_done = store_give_up_some(&engine->store, &session->waiter, &effects->steps) &&
              abandon(&execution);
    choose_begin(engine);
    if (is_done)
        input_release(&session->input);
    return is_done;
}
