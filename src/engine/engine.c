#include "engine/engine.h"

#include <string.h>

#include "base/cold.h"
#include "base/container.h"
#include "base/step.h"
#include "engine/abandon.h"
#include "engine/dispatch.h"
#include "engine/execute.h"
#include "engine/following.h"
#include "engine/gate.h"
#include "engine/unfinished.h"
#include "wire/opcode.h"
#include "wire/reply.h"

int engine_init(
    struct engine *engine, struct memory *memory, struct memory *waits_memory,
    const struct hash_key *hash_key, const struct engine_limits *limits)
{
    int code = store_init(&engine->store, memory, waits_memory, hash_key);

    if (code)
        return code;
    engine->memory = memory;
    engine->record = NULL;
    memset(engine->executed, 0, sizeof(engine->executed));
    engine->limits = *limits;
    if (engine->limits.items_at_once == 0)
        engine->limits.items_at_once = 1;
    if (engine->limits.query_keys == 0)
        engine->limits.query_keys = SIZE_MAX;
    engine_execute_with(engine, dispatch);
    line_init(&engine->line);
    queries_init(&engine->queries, waits_memory, hash_key, limits->query_bytes);
    return 0;
}

void engine_execute_with(struct engine *engine, execute_fn *execute)
{
    engine->execute = execute;
    execute_choose_begin(engine);
}

void engine_rest(struct engine *engine)
{
    queries_done(&engine->queries);
}

void engine_done(struct engine *engine)
{
    queries_done(&engine->queries);
    store_done(&engine->store);
}

void engine_enter(struct session *session, struct memory *memory)
{
    *session = (struct session){.memory = memory};
}

enum {
    LONG_REQUEST = 1024, /* bytes: a known one is recognised before it is scanned */
    FIRST_PART = 4096,   /* bytes of a request: what arrives in small parts is recognised up to
                            there */
};

/* For unexecuted bytes that begin with `opcode`. A value is stored where it was received, so it
 * must not be received in the reserve. */
static struct memory *memory_for(
    const struct engine *engine, const struct session *session, uint8_t opcode)
{
    return wire_carries_value(opcode) ? engine->memory : session->memory;
}

/* Memory for received bytes is refused. */
static enum stop refuse_bytes(struct effects *effects)
{
    effects->refusal = (struct refusal){.code = TCPSTORE_ENOMEM, .operation = "receive"};
    return STOP_REFUSED;
}

static enum stop execute_input(
    struct engine *engine, struct session *session, struct effects *effects)
{
    struct input *input = &session->input;
    struct slice all = input_slice(input);
    struct memory *memory = session->memory;
    struct progress progress;

    if (input->is_whole && session->unfinished == NULL)
        scan_skip_items(&session->scan, input->len);
    progress = execute_slice(engine, session, effects, &all);
    if (progress.stop == STOP_REFUSED)
        return STOP_REFUSED; /* the refusal's key points into the input */
    if (progress.left > 0)
        memory = memory_for(engine, session, all.span.bytes[all.span.len - progress.left]);
    if (input_consume(input, memory, session_needs(session), all.span.len - progress.left))
        return refuse_bytes(effects);
    return progress.stop;
}

static enum stop execute_followed(
    struct engine *engine, struct session *session, struct effects *effects)
{
    return session->input.is_whole ? execute_input(engine, session, effects) : STOP_NEEDS_BYTES;
}

/* The bytes that it shares with others are copied. TCPSTORE_ENOMEM. */
static COLD int stop_following(struct session *session, struct effects *effects)
{
    effects->steps -= (long)(session->input.len / STEP_NEW_BYTES);
    return input_unfollow(&session->input, session->memory, session_needs(session));
}

static COLD enum stop unfollow(
    struct engine *engine, struct session *session, struct effects *effects)
{
    if (stop_following(session, effects))
        return refuse_bytes(effects);
    return execute_input(engine, session, effects); /* to scan what was not scanned */
}

static COLD enum stop follow_on(
    struct engine *engine, struct session *session, struct effects *effects, struct span *bytes)
{
    if (following_go_on(engine, session, effects, bytes))
        return execute_followed(engine, session, effects);
    return unfollow(engine, session, effects);
}

/* Up to `max` bytes of a list that have been stored need not be any more, if others send it. */
static void follow_input(
    struct engine *engine, struct session *session, struct effects *effects, enum stop stop,
    size_t max)
{
    struct input *input = &session->input;

    if (stop == STOP_NEEDS_BYTES && !input_is_empty(input) && !input->follows &&
        input->len <= max)
        following_begin(engine, session, effects, input_slice(input).span);
}

/* Adds just the bytes that the request needs. */
static enum stop complete(
    struct engine *engine, struct session *session, struct effects *effects, struct span *bytes)
{
    struct input *input = &session->input;
    enum stop stop;

    if (input->follows)
        return follow_on(engine, session, effects, bytes);
    if (input_complete(input, session_needs(session), bytes))
        return refuse_bytes(effects);
    stop = execute_input(engine, session, effects);
    follow_input(engine, session, effects, stop, FIRST_PART);
    return stop;
}

/* Completes the unfinished request, so that the rest can be executed where it lies. Inlined,
 * this rarer case costs every session_feed six instructions. */
static __attribute__((noinline)) struct progress complete_input(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    enum stop stop = STOP_NEEDS_BYTES;

    while (stop == STOP_NEEDS_BYTES && !input_is_empty(&session->input) && bytes.len > 0)
        stop = complete(engine, session, effects, &bytes);
    return (struct progress){stop, bytes.len};
}

/* Executes the whole requests at the front of `bytes`, with the input empty. */
static struct progress begin_input(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes)
{
    if (bytes.len >= LONG_REQUEST && session->validated &&
        following_join(engine, session, effects, bytes))
        return (struct progress){execute_followed(engine, session, effects), 0};
    return execute_requests(engine, session, effects, bytes, NULL);
}

/* If the input is not empty, `bytes` begin inside a request; their memory is the input's then.
 */
static enum stop keep(
    struct engine *engine, struct session *session, struct effects *effects, struct span bytes,
    enum stop stop)
{
    struct memory *memory = memory_for(engine, session, bytes.bytes[0]);

    if (input_is_empty(&session->input) &&
        (stop == STOP_NEEDS_BYTES ? following_begin(engine, session, effects, bytes)
                                  : following_join(engine, session, effects, bytes)))
        return stop;
    if (session->input.follows && stop_following(session, effects))
        return refuse_bytes(effects);
    if (input_append(&session->input, memory, session_needs(session), bytes) == 0)
        return stop;
    if (!input_is_empty(&session->input) || effects->replies->bytes == 0 ||
        session->unfinished != NULL)
        return refuse_bytes(effects);
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
        progress = begin_input(engine, session, effects, bytes);
    if (progress.left > 0 && progress.stop != STOP_REFUSED)
        progress.stop =
            keep(engine, session, effects, span_last(bytes, progress.left), progress.stop);
    session->stop = progress.stop;
    return progress.stop;
}

/* Gives up the place in line of a request without a moment of its own: it may go on without the
 * place, or enters again. If it kept the place, a longer request behind it would have it, too.
 * Without steps it does not go on. */
enum stop session_continue(
    struct engine *engine, struct session *session, struct effects *effects)
{
    if (effects->steps > 0 && !unfinished_keeps_place(session))
        line_leave(&engine->line, &session->place);
    session->stop = execute_input(engine, session, effects);
    follow_input(engine, session, effects, session->stop, SIZE_MAX);
    return session->stop;
}

/* If memory is refused here, session_feed tries again and reports it. */
struct room session_room(const struct engine *engine, struct session *session)
{
    struct input *input = &session->input;
    size_t needs = session_needs(session);

    if (session->stop == STOP_NEEDS_BYTES && !input_is_empty(input) && !input->follows &&
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

    if (session == NULL || !unfinished_is_amid_reply(session))
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

    execution_prepare(&execution, engine, session, effects);
    effects->released.own = NULL;
    if (!unfinished_has_moment(session))
        line_leave(&engine->line, &session->place);
    gate_before_cancel(&execution);
    is_done = store_give_up_some(&engine->store, &session->waiter, &effects->steps) &&
              abandon(&execution);
    execute_choose_begin(engine);
    if (is_done)
        input_release(&session->input);
    return is_done;
}
