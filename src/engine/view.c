#include "engine/view.h"

struct view view_session(const struct engine *engine, const struct session *session)
{
    const struct waits *waits = &engine->store.waits;
    const struct waiter *waiter = crowd_waiter_of(&session->waiter);
    struct view view = {.awaited_count = waiter->missing - waiter->held};
    struct name name;

    if (view.awaited_count == 0 || !waiter_first_missing(waits, waiter, &name))
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
