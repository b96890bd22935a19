#include "engine/building.h"

#include "base/cold.h"
#include "engine/asked.h"
#include "engine/items.h"
#include "engine/shared_reply.h"

enum {
    PART_OF_QUERIES = 4 /* a reply takes at most that part of their memory */
};

/* Two walks over the keys: the first adds up the length. */
struct building {
    struct memory *memory; /* its own */
    uint64_t count;        /* of the request's items */
    size_t walked;         /* bytes of the items that are taken in this walk */
    size_t len;            /* the values so far and their lengths */
    struct blob *reply;    /* NULL: in the first walk */
    uint8_t *end;          /* of what is filled in */
    uint64_t since;        /* the keys' `shared_writes` at the beginning of the second walk */
    bool has_failed;
};

COLD struct building *building_begin(const struct execution *execution)
{
    struct memory *memory = execution->session->memory;
    struct building *building = memory_alloc(memory, sizeof(*building));

    if (building != NULL)
        *building = (struct building){.memory = memory, .count = execution->request.items.left};
    return building;
}

/* The next name's entry. NULL: the key is missing, or its value may have changed since the
 * moment of the request. */
static COLD struct entry *take_entry(struct execution *execution)
{
    const struct store *store = &execution->engine->store;
    struct name name = take_name(execution);

    if (store->moment.lost)
        return NULL;
    if (keys_count(&store->moment.saved) > 0 && *keys_find(&store->moment.saved, name) != NULL)
        return NULL;
    return store_entry(store, name);
}

static bool add_up(struct building *building, const struct entry *entry, size_t max)
{
    building->len += WIRE_LENGTH_SIZE + entry_value(entry).span.len;
    return building->len <= max;
}

static bool begin_second_walk(struct execution *execution, struct building *building)
{
    struct queries *queries = &execution->engine->queries;
    struct query *query = asked_query(execution);

    if (query == NULL || !queries_make_room_for_reply(queries, query, building->len))
        return false;
    building->reply = blob_new(queries->memory, building->len);
    if (building->reply == NULL)
        return false;
    building->end = building->reply->bytes;
    building->since = execution->engine->store.keys.shared_writes;
    return true;
}

/* Goes on with a walk. Returns whether no key is an obstacle. */
static COLD bool walk(struct execution *execution, struct building *building)
{
    size_t max = execution->engine->queries.max_bytes / PART_OF_QUERIES;

    while (execution->request.items.left > 0 && execution->effects->steps > 0) {
        struct entry *entry = take_entry(execution);

        if (entry == NULL)
            return false;
        if (building->reply == NULL) {
            if (!add_up(building, entry, max))
                return false;
        } else {
            execution->effects->steps -= (long)(entry_value(entry).span.len / STEP_NEW_BYTES);
            building->end = shared_reply_put(building->end, entry);
        }
    }
    return true;
}

COLD int building_go_on(struct execution *execution, struct building *building)
{
    struct request_items *items = &execution->request.items;
    struct request_items first = {items->at - building->walked, building->count};
    bool can_go_on = walk(execution, building);

    if (can_go_on && items->left == 0 && building->reply == NULL) {
        *items = first;
        can_go_on = begin_second_walk(execution, building) && walk(execution, building);
    }
    building->walked = (size_t)(items->at - first.at);
    if (can_go_on && items->left > 0)
        return STOP_TURN_OVER;
    building->has_failed = !can_go_on;
    *items = first;
    return 0;
}

COLD bool building_end(
    struct execution *execution, struct building *building, struct query *query)
{
    struct queries *queries = &execution->engine->queries;
    bool is_kept = query != NULL && !building->has_failed && building->reply != NULL &&
                   queries_make_room_for_reply(queries, query, building->len);

    if (is_kept)
        queries_keep_reply(
            queries, query,
            (struct slice){span_of(building->reply->bytes, building->len), building->reply},
            building->since);
    else
        blob_release(building->reply);
    memory_free(building->memory, building, sizeof(*building));
    return is_kept;
}
