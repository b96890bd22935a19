#include "engine/names.h"

#include <tcpstore/error.h>

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

static __attribute__((cold)) bool all_exist(const struct execution *execution)
{
    struct request_items items = execution->request.items;

    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        if (!store_has(&execution->engine->store, name))
            return false;
    }
    return true;
}

/* What is known about the query, without a look at its keys. */
static bool is_known_to_exist(const struct execution *execution, const struct query *query)
{
    return query->existed_since == execution->engine->store.vanished + 1;
}

static bool is_known_to_miss(const struct execution *execution, const struct query *query)
{
    return query->crowd != NULL && query->crowd_since == execution->engine->store.vanished;
}

static bool query_exists(struct execution *execution, struct query *query)
{
    if (is_known_to_exist(execution, query))
        return true;
    if (is_known_to_miss(execution, query))
        return false;
    charge_items(execution);
    if (!all_exist(execution))
        return false;
    query->existed_since = execution->engine->store.vanished + 1;
    return true;
}

static __attribute__((noinline)) int check_alike(
    struct execution *execution, struct query *query)
{
    bool exists = query_exists(execution, query);

    return reply_status(execution->replies, exists ? WIRE_READY : WIRE_NOT_READY);
}

int handle_check(struct execution *execution)
{
    struct request_items items = execution->request.items;
    struct query *query;

    if (takes_turns(execution))
        return check_in_turns(execution);
    query = asked_query(execution);
    if (query != NULL)
        return check_alike(execution, query);
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

/* Inlined, it costs every WAIT three instructions. */
static __attribute__((noinline, cold)) int give_up_without_memory(struct execution *execution)
{
    store_give_up(&execution->engine->store, &execution->session->waiter);
    return TCPSTORE_ENOMEM;
}

/* Registers `waiter` at the names that are missing. */
static __attribute__((cold)) int await_missing(struct execution *execution, struct waiter *waiter)
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

static int begin_crowd(struct execution *execution, struct query *query)
{
    struct store *store = &execution->engine->store;
    struct crowd *crowd;
    int code;

    if (query->crowd != NULL)
        crowd_close(query->crowd);
    crowd = store_begin_crowd(store, &execution->session->waiter, &query->crowd);
    if (crowd == NULL)
        return TCPSTORE_ENOMEM;
    query->crowd_since = store->vanished;
    code = await_missing(execution, &crowd->waiter);
    if (code == 0)
        crowd_let_go(&store->waits, crowd); /* some names are missing */
    return code;
}

/* Clients that wait for the same names are registered at them once. */
static __attribute__((noinline)) int wait_alike(
    struct execution *execution, struct query *query)
{
    if (query_exists(execution, query))
        return reply_status(execution->replies, WIRE_STOP_WAITING);
    if (!is_known_to_miss(execution, query))
        return begin_crowd(execution, query);
    store_join_crowd(&execution->engine->store, query->crowd, &execution->session->waiter);
    return 0;
}

static int await_names(struct execution *execution)
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

/* Begins to wait, so that the first names do not release the waiter while others are not
 * registered yet. */
static int hold(struct execution *execution, struct query *query)
{
    struct store *store = &execution->engine->store;
    struct session *session = execution->session;
    int code = unfinished_begin(execution);

    if (code < 0)
        return code;
    if (query == NULL) {
        waiter_hold(&session->waiter);
        return code;
    }
    if (query->crowd != NULL)
        crowd_close(query->crowd);
    session->unfinished->crowd = store_begin_crowd(store, &session->waiter, &query->crowd);
    query->crowd_since = store->vanished;
    return session->unfinished->crowd == NULL ? TCPSTORE_ENOMEM : code;
}

/* If memory is refused, the session leaves, which takes the names back. */
static int register_in_turns(struct execution *execution)
{
    struct waits *waits = &execution->engine->store.waits;
    struct crowd *crowd = execution->session->unfinished->crowd;
    int code;

    unmark_unfinished(execution);
    code = await_names(execution);
    if (code)
        return code;
    unfinished_end(execution);
    if (crowd == NULL)
        waiter_let_go(waits, &execution->session->waiter);
    else
        crowd_let_go(waits, crowd);
    return end_wait(execution);
}

/* Only one client registers a crowd at a time; those that will join it wait in line. */
static int wait_alike_in_turns(struct execution *execution, struct query *query)
{
    struct place *place = &execution->session->place;
    struct line *line = &execution->engine->line;
    int code;

    if (is_known_to_exist(execution, query))
        return reply_status(execution->replies, WIRE_STOP_WAITING);
    if (is_known_to_miss(execution, query) && !query->crowd->waiter.held) {
        store_join_crowd(&execution->engine->store, query->crowd, &execution->session->waiter);
        return 0;
    }
    if (!line_enter(line, place, steps_of_items(&execution->request)))
        return STOP_PENDING;
    code = hold(execution, query);
    return code ? code : register_in_turns(execution);
}

/* Inlined, it costs every WAIT five instructions. */
static __attribute__((noinline)) int wait_in_turns(struct execution *execution)
{
    struct query *query;
    int code;

    if (execution->session->unfinished != NULL)
        return register_in_turns(execution);
    if (waiter_is_waiting(&execution->session->waiter))
        return TCPSTORE_EWAITING;
    query = asked_query(execution);
    if (query != NULL)
        return wait_alike_in_turns(execution, query);
    code = hold(execution, NULL);
    return code ? code : register_in_turns(execution);
}

int handle_wait(struct execution *execution)
{
    struct request_items *items = &execution->request.items;
    struct query *query;

    if (takes_turns(execution))
        return wait_in_turns(execution);
    if (waiter_is_waiting(&execution->session->waiter))
        return TCPSTORE_EWAITING;
    query = asked_query(execution);
    if (query != NULL)
        return wait_alike(execution, query);
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
