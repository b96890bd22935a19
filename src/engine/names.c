#include "engine/names.h"

#include <tcpstore/error.h>

#include "engine/gate.h"
#include "engine/items.h"
#include "wire/reply.h"

static int end_check(struct execution *execution, enum wire_status status)
{
    unfinished_end(execution);
    return reply_status(execution->replies, status);
}

static __attribute__((noinline)) int check_in_turns(struct execution *execution)
{
    unmark_unfinished(execution);
    while (execution->request.items.left > 0) {
        if (execution->effects->steps <= 0)
            return unfinished_begin(execution);
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
    execution->effects->steps -= (long)items.left;
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

/* The names before must not release the waiter while others are not registered yet. */
static int begin_wait(struct execution *execution)
{
    int code = unfinished_begin(execution);

    if (code == STOP_TURN_OVER)
        waiter_hold(&execution->session->waiter);
    return code;
}

static int wait_in_turns(struct execution *execution)
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
    unfinished_end(execution);
    waiter_let_go(&execution->engine->store.waits, waiter);
    return end_wait(execution);
}

static __attribute__((noinline)) int handle_long_wait(struct execution *execution)
{
    if (execution->session->unfinished == NULL) {
        int code = waiter_is_waiting(&execution->session->waiter) ? TCPSTORE_EWAITING
                                                                  : begin_wait(execution);

        if (code < 0)
            return code;
    }
    unmark_unfinished(execution);
    return wait_in_turns(execution);
}

/* If memory is refused, the session leaves, which takes back the names before. */
int handle_wait(struct execution *execution)
{
    struct request_items items = execution->request.items;
    struct waiter *waiter = &execution->session->waiter;

    if (takes_turns(execution))
        return handle_long_wait(execution);
    if (waiter_is_waiting(waiter))
        return TCPSTORE_EWAITING;
    execution->effects->steps -= (long)items.left;
    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        if (!store_has(&execution->engine->store, name) &&
            store_await(&execution->engine->store, waiter, name, items.left))
            return TCPSTORE_ENOMEM;
    }
    return end_wait(execution);
}
