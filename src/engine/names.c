#include "engine/names.h"

#include <tcpstore/error.h>

#include "engine/gate.h"
#include "engine/items.h"
#include "wire/reply.h"

/* The request may have settled the last key that its own client waits for. */
static int end_check(struct execution *execution, enum wire_status status)
{
    int error = reply_own_release(execution);

    unfinished_end(execution);
    return error ? error : reply_status(execution->replies, status);
}

/* Inlined, it costs every SET five instructions. */
static __attribute__((noinline)) int check_in_turns(struct execution *execution)
{
    int code = unfinished_begin(execution);

    unmark_unfinished(execution);
    if (code)
        return code;
    while (execution->request.items.left > 0) {
        if (execution->effects->steps <= 0)
            return STOP_TURN_OVER;
        if (!gate_exists(execution, take_name(execution)))
            return end_check(execution, WIRE_NOT_READY);
    }
    return end_check(execution, WIRE_READY);
}

int handle_check(struct execution *execution)
{
    struct request_items items = execution->request.items;

    if (takes_turns(execution))
        return check_in_turns(execution);
    charge_items(execution);
    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        if (!store_has(&execution->engine->store, name))
            return reply_status(execution->replies, WIRE_NOT_READY);
    }
    return reply_status(execution->replies, WIRE_READY);
}

static int end_wait(struct execution *execution)
{
    if (waiter_is_waiting(&execution->session->waiter))
        return 0;
    return reply_status(execution->replies, WIRE_STOP_WAITING);
}

static int await_names(struct execution *execution)
{
    struct waiter *waiter = &execution->session->waiter;

    while (execution->request.items.left > 0) {
        struct name name;

        if (execution->effects->steps <= 0)
            return STOP_TURN_OVER;
        name = take_name(execution);
        if (!gate_exists(execution, name) &&
            store_await(&execution->engine->store, waiter, name, execution->request.items.left))
            return TCPSTORE_ENOMEM;
    }
    return 0;
}

/* The first names must not release the waiter while others are not registered yet. If memory is
 * refused, the session leaves, which takes them back. Inlined, it costs every WAIT five
 * instructions. */
static __attribute__((noinline)) int wait_in_turns(struct execution *execution)
{
    struct waiter *waiter = &execution->session->waiter;
    bool is_held = execution->session->unfinished != NULL;
    int code;

    if (waiter_is_waiting(waiter) && !is_held)
        return TCPSTORE_EWAITING;
    code = unfinished_begin(execution);
    if (code >= 0 && !is_held)
        waiter_hold(waiter);
    unmark_unfinished(execution);
    if (code == 0)
        code = await_names(execution);
    if (code)
        return code;
    unfinished_end(execution);
    waiter_let_go(&execution->engine->store.waits, waiter);
    return end_wait(execution);
}

/* Inlined, it costs every WAIT three instructions. */
static __attribute__((noinline, cold)) int give_up_without_memory(struct execution *execution)
{
    store_give_up(&execution->engine->store, &execution->session->waiter);
    return TCPSTORE_ENOMEM;
}

int handle_wait(struct execution *execution)
{
    struct request_items *items = &execution->request.items;

    if (takes_turns(execution))
        return wait_in_turns(execution);
    if (waiter_is_waiting(&execution->session->waiter))
        return TCPSTORE_EWAITING;
    charge_items(execution);
    while (items->left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(items));

        if (!store_has(&execution->engine->store, name) &&
            store_await(
                &execution->engine->store, &execution->session->waiter, name, items->left))
            return give_up_without_memory(execution);
    }
    return end_wait(execution);
}
