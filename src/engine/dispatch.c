#include "engine/dispatch.h"

#include <tcpstore/error.h>

#include "engine/appending.h"
#include "engine/listing.h"
#include "engine/multi.h"
#include "engine/names.h"
#include "engine/unfinished.h"
#include "wire/reply.h"

enum {
    SMALL_REPLIES = 16 /* bytes; more than a status and a number. Room for them is made before a
                          request is executed, so that none takes effect without its reply */
};

/* The request's name, for an operation that has one. */
static struct name request_name(const struct execution *execution)
{
    return store_name(&execution->engine->store, execution->request.key);
}

static int handle_set(struct execution *execution)
{
    struct name name = request_name(execution);

    return store_set(
        &execution->engine->store, name, &execution->request.value,
        &execution->effects->released);
}

/* Takes the steps of a reply with the value. Returns how many bytes are copied for it: none of
 * a value that the reply will share. */
static size_t charge_reply(struct execution *execution, const struct slice *value)
{
    size_t copied = outbox_copies(value) ? value->span.len : 0;

    execution->effects->steps -= (long)(copied / STEP_NEW_BYTES);
    return copied;
}

/* The reply is one of these: the value that will be stored, the present one, or, if the key is
 * missing, the expected one. To compare values takes long, and is left to the store. */
static int prepare_compare_set(
    struct execution *execution, struct name name, const struct slice *expected)
{
    struct slice now = store_get(&execution->engine->store, name);
    size_t copied = charge_reply(execution, &execution->request.value) +
                    charge_reply(execution, &now) + charge_reply(execution, expected);

    if (now.span.len == expected->span.len)
        execution->effects->steps -= (long)(now.span.len / STEP_BYTES);
    return outbox_prepare(execution->replies, SMALL_REPLIES + copied);
}

/* Some handlers are not inlined because they take the addresses of locals, which would cost
 * every request the guard of dispatch's stack: 8 instructions with clang. */
static __attribute__((noinline)) int handle_compare_set(struct execution *execution)
{
    const struct request *request = &execution->request;
    struct name name = request_name(execution);
    struct slice expected = {.span = request->expected, .blob = request->value.blob};
    struct slice now;
    int error = prepare_compare_set(execution, name, &expected);

    if (error)
        return error;
    error = store_compare_set(
        &execution->engine->store, name, &expected, &request->value,
        &execution->effects->released, &now);
    if (error == 0)
        error = reply_own_release(execution);
    return error ? error : reply_blob(execution->replies, &now);
}

static __attribute__((noinline)) int handle_get(struct execution *execution)
{
    struct name name = request_name(execution);
    struct slice value = store_get(&execution->engine->store, name);

    charge_reply(execution, &value);
    return reply_blob(execution->replies, &value);
}

/* The sum takes the place of the request's number, for the same reason. */
static int handle_add(struct execution *execution)
{
    struct name name = request_name(execution);
    int64_t *number = &execution->request.number;
    int error = store_add(
        &execution->engine->store, name, *number, &execution->effects->released, number);

    if (error == 0)
        error = reply_own_release(execution);
    return error ? error : reply_number(execution->replies, *number);
}

static int handle_getnumkeys(struct execution *execution)
{
    return reply_number(execution->replies, (int64_t)store_count(&execution->engine->store));
}

static int handle_delete_key(struct execution *execution)
{
    struct name name = request_name(execution);
    return reply_number(execution->replies, store_delete(&execution->engine->store, name));
}

static int handle_cancel_wait(struct execution *execution)
{
    long *steps = &execution->effects->steps;
    long before = *steps;
    bool is_done;

    ++*steps;
    is_done = store_give_up_some(&execution->engine->store, &execution->session->waiter, steps);
    if (*steps > before)
        *steps = before;
    return is_done ? reply_status(execution->replies, WIRE_WAIT_CANCELED) : STOP_TURN_OVER;
}

static int handle_ping(struct execution *execution)
{
    return reply_nonce(execution->replies, execution->request.word);
}

/* Inlined, it costs every SET ten instructions. */
static __attribute__((noinline)) int handle_queue_push(struct execution *execution)
{
    struct name name = request_name(execution);
    size_t length = store_queue_length(&execution->engine->store, name);

    if (length >= execution->engine->limits.queue_entries) {
        execution->effects->refusal = (struct refusal){
            .actual = length + 1,
            .limit = execution->engine->limits.queue_entries,
        };
        return TCPSTORE_EQUEUEFULL;
    }
    return store_push(
        &execution->engine->store, name, &execution->request.value,
        &execution->effects->released);
}

/* The entry leaves the queue only once its reply is written. */
static __attribute__((noinline)) int handle_queue_pop(struct execution *execution)
{
    struct name name = request_name(execution);
    struct slice value;
    size_t length = store_queue_front(&execution->engine->store, name, &value);
    int error = 0;

    if (length > 0)
        error =
            outbox_prepare(execution->replies, SMALL_REPLIES + charge_reply(execution, &value));
    if (error == 0)
        error = reply_number(execution->replies, (int64_t)length);
    if (error || length == 0)
        return error;
    error = reply_blob(execution->replies, &value);
    if (error == 0)
        store_queue_drop(&execution->engine->store, name);
    return error;
}

static int handle_queue_len(struct execution *execution)
{
    struct name name = request_name(execution);
    return reply_number(
        execution->replies, (int64_t)store_queue_length(&execution->engine->store, name));
}

static __attribute__((noinline)) int handle_barrier(struct execution *execution)
{
    struct name name = request_name(execution);
    bool passed;
    int error;

    if (waiter_is_waiting(&execution->session->waiter))
        return TCPSTORE_EWAITING;
    error = store_barrier(
        &execution->engine->store, name, execution->request.number, &execution->session->waiter,
        &execution->effects->released, &passed);
    if (error || !passed)
        return error;
    return reply_status(execution->replies, WIRE_STOP_WAITING);
}

static int handle(struct execution *execution)
{
    switch ((enum wire_opcode)execution->request.opcode) {
    case WIRE_VALIDATE: /* only the first request of a session */
        return TCPSTORE_ESTATE;
    case WIRE_SET:
        return handle_set(execution);
    case WIRE_COMPARE_SET:
        return handle_compare_set(execution);
    case WIRE_GET:
        return handle_get(execution);
    case WIRE_ADD:
        return handle_add(execution);
    case WIRE_CHECK:
        return handle_check(execution);
    case WIRE_WAIT:
        return handle_wait(execution);
    case WIRE_GETNUMKEYS:
        return handle_getnumkeys(execution);
    case WIRE_DELETE_KEY:
        return handle_delete_key(execution);
    case WIRE_APPEND:
        return handle_append(execution);
    case WIRE_MULTI_GET:
        return handle_multi_get(execution);
    case WIRE_MULTI_SET:
        return handle_multi_set(execution);
    case WIRE_CANCEL_WAIT:
        return handle_cancel_wait(execution);
    case WIRE_PING:
        return handle_ping(execution);
    case WIRE_QUEUE_PUSH:
        return handle_queue_push(execution);
    case WIRE_QUEUE_POP:
        return handle_queue_pop(execution);
    case WIRE_QUEUE_LEN:
        return handle_queue_len(execution);
    case WIRE_LIST_KEYS:
        return handle_list_keys(execution);
    case WIRE_BARRIER:
        return handle_barrier(execution);
    }
    return TCPSTORE_EOPCODE;
}

/* Its effect is visible already, so that it must not be refused. */
static bool is_visible_multi_set(const struct execution *execution)
{
    const struct unfinished *unfinished = execution->session->unfinished;

    return unfinished != NULL && unfinished->opcode == WIRE_MULTI_SET && unfinished->has_moment;
}

int dispatch(struct execution *execution)
{
    int error = outbox_prepare(execution->replies, SMALL_REPLIES);

    if (error == 0 || is_visible_multi_set(execution))
        error = handle(execution);
    return error ? error : reply_own_release(execution);
}
