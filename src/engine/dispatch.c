#include "engine/dispatch.h"

#include <tcpstore/error.h>

#include "wire/reply.h"

enum {
    SMALL_REPLIES = 16 /* bytes of a status and a number: room for them is made before a request
                          takes effect, so that it is never lost for want of its reply */
};

/* A client that writes to what it waits for is told so before it is told what it wrote. */
static int reply_own_release(struct call *call)
{
    if (!call->released->own_released)
        return 0;
    call->released->own_released = false;
    return reply_status(call->replies, WIRE_STOP_WAITING);
}

/* The request's name, for an operation that has one. */
static struct name request_name(const struct call *call)
{
    return store_name(call->store, call->request.key);
}

static struct name next_name(const struct call *call, struct request_items *items)
{
    return store_name(call->store, request_next_key(items));
}

static int handle_set(struct call *call)
{
    struct name name = request_name(call);
    return store_set(call->store, name, &call->request.value, call->released);
}

/* Room for the answer: the value that will be stored, or else the one that is there, or, if the
 * key is missing, the one that was expected. */
static int prepare_compare_set(struct call *call, struct name name)
{
    const struct request *request = &call->request;
    struct span now = store_get(call->store, name).span;
    size_t len = request->value.span.len;

    if (!span_equal(now, request->expected))
        len = now.len > request->expected.len ? now.len : request->expected.len;
    return outbox_prepare(call->replies, SMALL_REPLIES + len);
}

static int handle_compare_set(struct call *call)
{
    struct name name = request_name(call);
    struct slice now;
    int error = prepare_compare_set(call, name);

    if (error)
        return error;
    error = store_compare_set(
        call->store, name, call->request.expected, &call->request.value, call->released, &now);
    if (error == 0)
        error = reply_own_release(call);
    return error ? error : reply_blob(call->replies, &now);
}

static int handle_get(struct call *call)
{
    struct name name = request_name(call);
    struct slice value = store_get(call->store, name);

    return reply_blob(call->replies, &value);
}

static int handle_add(struct call *call)
{
    struct name name = request_name(call);
    int64_t sum;
    int error = store_add(call->store, name, call->request.number, call->released, &sum);

    if (error == 0)
        error = reply_own_release(call);
    return error ? error : reply_number(call->replies, sum);
}

static int handle_check(struct call *call)
{
    struct request_items items = call->request.items;

    while (items.left > 0) {
        struct name name = next_name(call, &items);

        if (!store_has(call->store, name))
            return reply_status(call->replies, WIRE_NOT_READY);
    }
    return reply_status(call->replies, WIRE_READY);
}

/* A session that is refused memory here leaves, and so gives the names before up. */
static int handle_wait(struct call *call)
{
    struct request_items items = call->request.items;

    if (waiter_is_waiting(call->waiter))
        return TCPSTORE_EWAITING;
    while (items.left > 0) {
        struct name name = next_name(call, &items);

        if (!store_has(call->store, name) &&
            store_await(call->store, call->waiter, name, items.left))
            return TCPSTORE_ENOMEM;
    }
    if (waiter_is_waiting(call->waiter))
        return 0;
    return reply_status(call->replies, WIRE_STOP_WAITING);
}

static int handle_getnumkeys(struct call *call)
{
    return reply_number(call->replies, (int64_t)store_count(call->store));
}

static int handle_delete_key(struct call *call)
{
    struct name name = request_name(call);
    return reply_number(call->replies, store_delete(call->store, name));
}

static int handle_append(struct call *call)
{
    struct name name = request_name(call);
    size_t len;
    int error = store_append(
        call->store, name, &call->request.value, call->appended_bytes, call->released, &len);

    if (error == TCPSTORE_EVALUESIZE) {
        call->refusal->actual = len;
        call->refusal->limit = call->appended_bytes;
        call->refusal->advice = "raise output_hard_cap, so that it can be sent";
    }
    return error;
}

static int handle_multi_get(struct call *call)
{
    struct request_items items = call->request.items;
    int error = 0;

    while (error == 0 && items.left > 0) {
        struct name name = next_name(call, &items);
        struct slice value = store_get(call->store, name);

        error = reply_blob(call->replies, &value);
    }
    return error;
}

static int handle_multi_set(struct call *call)
{
    struct request_items items = call->request.items;
    struct slice value = {.blob = call->request.value.blob};
    struct span key;
    struct batch batch;

    batch_init(&batch);
    while (items.left > 0) {
        request_next_pair(&items, &key, &value.span);
        if (store_prepare(call->store, &batch, key, &value)) {
            store_discard(call->store, &batch);
            return TCPSTORE_ENOMEM;
        }
    }
    store_commit(call->store, &batch, call->released);
    return 0;
}

static int handle_cancel_wait(struct call *call)
{
    store_give_up(call->store, call->waiter);
    return reply_status(call->replies, WIRE_WAIT_CANCELED);
}

static int handle_ping(struct call *call)
{
    return reply_nonce(call->replies, call->request.word);
}

static int handle_queue_push(struct call *call)
{
    struct name name = request_name(call);
    size_t length = store_queue_length(call->store, name);

    if (length >= call->queue_entries) {
        call->refusal->actual = length + 1;
        call->refusal->limit = call->queue_entries;
        return TCPSTORE_EQUEUEFULL;
    }
    return store_push(call->store, name, &call->request.value, call->released);
}

/* The entry leaves the queue only once its reply is written. */
static int handle_queue_pop(struct call *call)
{
    struct name name = request_name(call);
    struct slice value;
    size_t length = store_queue_front(call->store, name, &value);
    int error = reply_number(call->replies, (int64_t)length);

    if (error || length == 0)
        return error;
    error = reply_blob(call->replies, &value);
    if (error == 0)
        store_queue_drop(call->store, name);
    return error;
}

static int handle_queue_len(struct call *call)
{
    struct name name = request_name(call);
    return reply_number(call->replies, (int64_t)store_queue_length(call->store, name));
}

static int list_key(void *replies, struct span key)
{
    return reply_key(replies, key);
}

static int handle_list_keys(struct call *call)
{
    int error = reply_number(call->replies, (int64_t)store_count(call->store));

    return error ? error : store_each_key(call->store, list_key, call->replies);
}

static int handle_barrier(struct call *call)
{
    struct name name = request_name(call);
    bool passed;
    int error;

    if (waiter_is_waiting(call->waiter))
        return TCPSTORE_EWAITING;
    error = store_barrier(
        call->store, name, call->request.number, call->waiter, call->released, &passed);
    if (error || !passed)
        return error;
    return reply_status(call->replies, WIRE_STOP_WAITING);
}

static int execute(struct call *call)
{
    switch ((enum wire_opcode)call->request.opcode) {
    case WIRE_VALIDATE: /* only the first request of a session */
        return TCPSTORE_ESTATE;
    case WIRE_SET:
        return handle_set(call);
    case WIRE_COMPARE_SET:
        return handle_compare_set(call);
    case WIRE_GET:
        return handle_get(call);
    case WIRE_ADD:
        return handle_add(call);
    case WIRE_CHECK:
        return handle_check(call);
    case WIRE_WAIT:
        return handle_wait(call);
    case WIRE_GETNUMKEYS:
        return handle_getnumkeys(call);
    case WIRE_DELETE_KEY:
        return handle_delete_key(call);
    case WIRE_APPEND:
        return handle_append(call);
    case WIRE_MULTI_GET:
        return handle_multi_get(call);
    case WIRE_MULTI_SET:
        return handle_multi_set(call);
    case WIRE_CANCEL_WAIT:
        return handle_cancel_wait(call);
    case WIRE_PING:
        return handle_ping(call);
    case WIRE_QUEUE_PUSH:
        return handle_queue_push(call);
    case WIRE_QUEUE_POP:
        return handle_queue_pop(call);
    case WIRE_QUEUE_LEN:
        return handle_queue_len(call);
    case WIRE_LIST_KEYS:
        return handle_list_keys(call);
    case WIRE_BARRIER:
        return handle_barrier(call);
    }
    return TCPSTORE_EOPCODE;
}

int dispatch(struct call *call)
{
    int error = outbox_prepare(call->replies, SMALL_REPLIES);

    if (error == 0)
        error = execute(call);
    return error ? error : reply_own_release(call);
}
