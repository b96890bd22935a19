#include "sim/engine_start.h"

#include "sim/calls.h"
#include "sim/check.h"

enum {
    BYTES_AT_ONCE = 3000, /* the engine's limits */
    REPLY_BYTES = 4096,
    QUERY_BYTES = 2000,
};

/* Of the engine; more names take turns. */
static const size_t items_at_once[ENGINE_VARIANTS] = {2, 1, COMMAND_NAMES, 3};

void engine_start(struct simulation *simulation)
{
    const struct hash_key hash_key = {
        {random_mix(simulation->seed), random_mix(simulation->seed + 1), ~simulation->seed}};
    const struct engine_limits limits = {
        .wire =
            {.key_bytes = NAME_BYTES,
             .value_bytes = VALUE_BYTES,
             .keys_per_request = COMMAND_NAMES},
        .queue_entries = QUEUE_ENTRIES,
        .appended_bytes = APPENDED_BYTES,
        .reply_bytes = REPLY_BYTES,
        .room_bytes = 1,
        .bytes_at_once = BYTES_AT_ONCE,
        .query_keys = 2,
        .query_bytes = QUERY_BYTES,
        .items_at_once = items_at_once[simulation->seed % ENGINE_VARIANTS],
    };

    if (engine_init(
            &simulation->engine, &simulation->memory, &simulation->memory, &hash_key, &limits))
        complain(simulation, 0, "the engine does not start");
    engine_execute_with(&simulation->engine, call_execute);
    simulation->engine.record = &simulation->record;
}
