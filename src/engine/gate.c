#include "engine/gate.h"

#include "engine/items.h"
#include "wire/opcode.h"

/* Every other operation counts as a write, those on queues included: that only settles or saves
 * a key early. */
static bool is_read_only(uint8_t opcode)
{
    return opcode == WIRE_GET || opcode == WIRE_CHECK || opcode == WIRE_WAIT ||
           opcode == WIRE_MULTI_GET;
}

static void settle_or_save(struct execution *execution, struct span key)
{
    struct name name = store_name(&execution->engine->store, key);

    if (is_read_only(execution->request.opcode))
        moment_before_read(
            &execution->engine->store.moment, name, &execution->effects->released);
    else
        moment_before_write(
            &execution->engine->store.moment, name, &execution->effects->released);
    execution->effects->steps--;
}

/* To settle a key ticks off its waits, of which there may be many. Those of the names that are
 * settled then are looked up again in the next turn. */
static int settle_or_save_items(struct execution *execution, struct request_items items)
{
    bool has_values = execution->request.opcode == WIRE_MULTI_SET;
    long least = -2 * (long)items.left;

    while (items.left > 0) {
        if (execution->effects->steps < least)
            return STOP_TURN_OVER;
        settle_or_save(execution, request_next_key(&items));
        if (has_values)
            request_next_sized(&items);
    }
    return 0;
}

/* While keys settle, some are not counted yet, and some waits not ticked off. */
static bool must_wait_until_settled(const struct execution *execution)
{
    const struct request *request = &execution->request;
    const struct store *store = &execution->engine->store;

    if (store->moment.phase != MOMENT_SETTLING)
        return false;
    if (waiter_is_waiting(&execution->session->waiter))
        return true;
    if (request->opcode == WIRE_QUEUE_PUSH)
        return store_is_awaited(store, store_name(store, request->key));
    return request->opcode == WIRE_GETNUMKEYS || request->opcode == WIRE_LIST_KEYS;
}

int gate_pass(struct execution *execution)
{
    const struct wire_layout *layout = wire_layout_of(execution->request.opcode);

    if (must_wait_until_settled(execution)) {
        line_enter(&execution->engine->line, &execution->session->place, 1);
        return STOP_PENDING;
    }
    if (execution->request.opcode == WIRE_CANCEL_WAIT)
        gate_before_cancel(execution);
    else if (layout->counted && !takes_turns(execution))
        return settle_or_save_items(execution, execution->request.items);
    else if (!layout->counted && layout->fields[0] == WIRE_KEY)
        settle_or_save(execution, execution->request.key);
    return 0;
}

bool gate_exists(struct execution *execution, struct name name)
{
    moment_before_read(&execution->engine->store.moment, name, &execution->effects->released);
    return store_has(&execution->engine->store, name);
}

/* Cancelling takes back what the wait has counted at a barrier, which is a write. */
void gate_before_cancel(struct execution *execution)
{
    const struct waiter *waiter = &execution->session->waiter;

    if (waiter_is_counted(waiter))
        moment_before_write(
            &execution->engine->store.moment,
            waiter_barrier(&execution->engine->store.waits, waiter),
            &execution->effects->released);
}
