#include "engine/names.h"

#include <tcpstore/error.h>

#include "base/cold.h"
#include "engine/asked.h"
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

/* All names have been looked up, and none has vanished meanwhile. */
static COLD void note_that_all_exist(struct execution *execution)
{
    struct query *query;

    if (execution->session->unfinished->since != execution->engine->store.silent_changes)
        return;
    query = asked_query_at_end(execution);
    if (query != NULL)
        asked_note_existence(execution, query);
}

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
    note_that_all_exist(execution);
    return end_check(execution, WIRE_READY);
}

/* Out of line, it costs every CHECK 20 instructions. */
static inline __attribute__((always_inline)) bool all_exist(struct execution *execution)
{
    struct request_items items = execution->request.items;

    charge_items(execution);
    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        if (!store_has(&execution->engine->store, name))
            return false;
    }
    return true;
}

/* Not inlined, because it would cost every SET five instructions. */
static __attribute__((noinline)) COLD int check_many(struct execution *execution)
{
    struct query *query =
        execution->session->unfinished == NULL ? asked_query(execution) : NULL;
    bool exist;

    if (query != NULL && asked_is_known(execution, query))
        return reply_status(execution->replies, WIRE_READY);
    if (takes_turns(execution))
        return check_in_turns(execution);
    exist = all_exist(execution);
    if (query != NULL && exist)
        asked_note_existence(execution, query);
    return reply_status(execution->replies, exist ? WIRE_READY : WIRE_NOT_READY);
}

int handle_check(struct execution *execution)
{
    if (!is_short(execution))
        return check_many(execution);
    return reply_status(execution->replies, all_exist(execution) ? WIRE_READY : WIRE_NOT_READY);
}

static int end_wait(struct execution *execution)
{
    if (waiter_is_waiting(&execution->session->waiter))
        return 0;
    return reply_status(execution->replies, WIRE_STOP_WAITING);
}

/* Inlined, it costs every WAIT three instructions. */
static __attribute__((noinline)) COLD int give_up_without_memory(struct execution *execution)
{
    store_give_up(&execution->engine->store, &execution->session->waiter);
    return TCPSTORE_ENOMEM;
}

/* Registers `waiter` at the names that are missing. Out of line, it costs every WAIT 20
 * instructions. */
static inline __attribute__((always_inline)) int await_missing(
    struct execution *execution, struct waiter *waiter)
{
    struct request_items items = execution->request.items;
    struct store *store = &execution->engine->store;

    charge_items(execution);
    while (items.left > 0) {
        struct name name = store_name(store, request_next_key(&items));

        if (!store_has(store, name) && store_await(store, waiter, name, items.left))
            return give_up_without_memory(execution);
    }
    return 0;
}

/* Waits with the others, if all is not there. */
static COLD int wait_known(struct execution *execution, struct query *query)
{
    struct waits *waits = &execution->engine->store.waits;

    if (query->names.has_appeared)
        return reply_status(execution->replies, WIRE_STOP_WAITING);
    crowd_join(waits, query->names.crowd, &execution->session->waiter);
    return 0;
}

static inline int wait_alone(struct execution *execution)
{
    int code = await_missing(execution, &execution->session->waiter);

    return code ? code : end_wait(execution);
}

/* Clients that wait for the same names are registered at them once. */
static COLD int wait_alike(struct execution *execution)
{
    struct query *query = asked_query(execution);
    struct crowd *crowd;
    int code;

    if (query == NULL)
        return wait_alone(execution);
    if (asked_is_known(execution, query))
        return wait_known(execution, query);
    crowd = asked_begin_crowd(execution, query);
    if (crowd == NULL)
        return wait_alone(execution);
    code = await_missing(execution, &crowd->waiter);
    if (code)
        return code;
    crowd_let_go(&execution->engine->store.waits, crowd);
    return end_wait(execution);
}

static __attribute__((noinline)) int await_names(struct execution *execution)
{
    struct crowd *crowd = execution->session->unfinished->crowd;
    struct waiter *waiter = crowd == NULL ? &execution->session->waiter : &crowd->waiter;

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

/* Begins to wait, held, so that the first names do not release the waiter while others are not
 * registered yet. Only one client at a time registers a crowd; those that will join it wait in
 * line. */
static COLD int begin_to_wait(struct execution *execution, struct query *query)
{
    struct session *session = execution->session;
    struct crowd **crowd = &session->unfinished->crowd;
    struct line *line = &execution->engine->line;

    if (query != NULL) {
        if (!line_enter(line, &session->place, steps_of_items(&execution->request)))
            return STOP_PENDING;
        *crowd = asked_begin_crowd(execution, query);
    }
    if (*crowd == NULL) {
        line_leave(line, &session->place);
        waiter_hold(&session->waiter);
    }
    return 0;
}

static COLD int end_registration(struct execution *execution)
{
    struct waits *waits = &execution->engine->store.waits;
    struct crowd *crowd = execution->session->unfinished->crowd;

    unfinished_end(execution);
    if (crowd == NULL)
        waiter_let_go(waits, &execution->session->waiter);
    else
        crowd_let_go(waits, crowd);
    return end_wait(execution);
}

/* If memory is refused, the session leaves, which takes the names back. */
static COLD int wait_in_turns(struct execution *execution)
{
    struct session *session = execution->session;
    int code;

    code = unfinished_begin(execution);
    unmark_unfinished(execution);
    if (code == 0 && execution->effects->steps <= 0)
        code = STOP_TURN_OVER;
    if (code == 0 && !waiter_is_waiting(&session->waiter)) {
        struct query *query = asked_query(execution);

        if (query != NULL && asked_is_known(execution, query)) {
            unfinished_end(execution);
            return wait_known(execution, query);
        }
        code = begin_to_wait(execution, query);
    }
    if (code == 0)
        code = await_names(execution);
    return code ? code : end_registration(execution);
}

/* Not inlined, because it would cost every WAIT five instructions. */
static __attribute__((noinline)) COLD int wait_many(struct execution *execution)
{
    struct session *session = execution->session;

    if (session->unfinished == NULL && waiter_is_waiting(&session->waiter))
        return TCPSTORE_EWAITING;
    return takes_turns(execution) ? wait_in_turns(execution) : wait_alike(execution);
}

int handle_wait(struct execution *execution)
{
    if (!is_short(execution))
        return wait_many(execution);
    if (waiter_is_waiting(&execution->session->waiter))
        return TCPSTORE_EWAITING;
    return wait_alone(execution);
}
