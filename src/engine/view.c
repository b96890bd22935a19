#include "engine/view.h"

struct view view_session(
    const struct engine *engine, const struct session *session, long *steps)
{
    const struct waits *waits = &engine->store.waits;
    const struct waiter *waiter = crowd_waiter_of(&session->waiter);
    struct view view = {.awaited_count = waiter->missing - waiter->held};
    struct name name;

    if (view.awaited_count == 0 || !waiter_first_missing(waits, waiter, steps, &name))
        return (struct view){.awaited_count = 0};
    view.awaited = name_key(name);
    view.barrier_size = session->waiter.barrier_size;
    return view;
}

bool view_has(const struct engine *engine, struct span key)
{
    return store_has(&engine->store, store_name(&engine->store, key));
}

struct span view_value(const struct engine *engine, struct span key)
{
    return store_get(&engine->store, store_name(&engine->store, key)).span;
}

void view_keys_begin(struct engine *engine, struct keys_cursor *cursor)
{
    keys_cursor_begin(&engine->store.keys, cursor);
}

bool view_keys_next(
    const struct engine *engine, struct keys_cursor *cursor, struct span *ret_key,
    size_t *ret_value_bytes)
{
    if (!keys_cursor_next(&engine->store.keys, cursor, ret_key))
        return false;
    *ret_value_bytes = view_value(engine, *ret_key).len;
    return true;
}

void view_queues_begin(struct engine *engine, struct queues_cursor *cursor)
{
    queues_cursor_begin(&engine->store.queues, cursor);
}

size_t view_queues_next(
    const struct engine *engine, struct queues_cursor *cursor, struct span *ret_name)
{
    return queues_cursor_next(&engine->store.queues, cursor, ret_name);
}

size_t view_key_count(const struct engine *engine)
{
    return store_count(&engine->store);
}

size_t view_queue_count(const struct engine *engine)
{
    return engine->store.queues.table.nodes;
}

const char *view_operation(const struct engine *engine, unsigned opcode, uint64_t *ret_count)
{
    *ret_count = engine->executed[opcode];
    return wire_opcode_name((uint8_t)opcode);
}

void view_keys_end(struct keys_cursor *cursor)
{
    keys_cursor_end(cursor);
}

void view_queues_end(struct queues_cursor *cursor)
{
    queues_cursor_end(cursor);
}
