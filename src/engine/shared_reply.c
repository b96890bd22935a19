#include "engine/shared_reply.h"

#include "base/bytes.h"
#include "engine/asked.h"
#include "engine/items.h"

enum {
    LENGTH_BYTES = 8,   /* in front of a value */
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
    uint64_t since;        /* the keys' `unshared` at the beginning of the second walk */
    bool has_failed;
};

bool shared_reply_is_valid(const struct execution *execution, const struct query *query)
{
    return query->reply.blob != NULL &&
           query->reply_since == execution->engine->store.keys.unshared;
}

bool shared_reply_fits(const struct execution *execution, const struct query *query)
{
    return query->reply.span.len <= execution->replies->limit - execution->replies->bytes;
}

/* 0: a key is missing, or it is too long. */
static __attribute__((cold)) size_t reply_len(const struct execution *execution)
{
    struct request_items items = execution->request.items;
    size_t len = 0;

    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));
        const struct entry *entry = store_entry(&execution->engine->store, name);

        if (entry == NULL)
            return 0;
        len += LENGTH_BYTES + entry_value(entry).span.len;
        if (len > execution->engine->limits.bytes_at_once)
            return 0;
    }
    return len;
}

static uint8_t *put_value(uint8_t *at, struct entry *entry)
{
    struct span value = entry_value(entry).span;

    bytes_put_u64(at, value.len);
    entry_share(entry);
    return span_copy(at + LENGTH_BYTES, value);
}

static __attribute__((cold)) void fill(const struct execution *execution, uint8_t *at)
{
    struct request_items items = execution->request.items;

    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        at = put_value(at, store_entry(&execution->engine->store, name));
    }
}

bool shared_reply_is_worth_it(const struct execution *execution, struct query *query)
{
    uint64_t now = execution->engine->store.keys.unshared + 1;
    bool was_missed = query->missed_at == now;

    query->missed_at = now;
    return was_missed;
}

__attribute__((cold)) bool shared_reply_make(struct execution *execution, struct query *query)
{
    struct engine *engine = execution->engine;
    struct blob *blob = NULL;
    size_t len;

    if (shared_reply_is_valid(execution, query))
        return true;
    if (!shared_reply_is_worth_it(execution, query))
        return false;
    charge_items(execution);
    len = reply_len(execution);
    if (len > 0 && queries_make_room_for_reply(&engine->queries, query, len))
        blob = blob_new(engine->queries.memory, len);
    if (blob == NULL)
        return false;
    charge_items(execution);
    execution->effects->steps -= (long)(len / STEP_NEW_BYTES);
    fill(execution, blob->bytes);
    queries_keep_reply(
        &engine->queries, query, (struct slice){span_of(blob->bytes, len), blob},
        engine->store.keys.unshared);
    return true;
}

__attribute__((cold)) struct building *building_begin(const struct execution *execution)
{
    struct memory *memory = execution->session->memory;
    struct building *building = memory_alloc(memory, sizeof(*building));

    if (building != NULL)
        *building = (struct building){.memory = memory, .count = execution->request.items.left};
    return building;
}

/* The next name's entry. NULL: the key is missing, or its value may have changed since the
 * moment of the request. */
static __attribute__((cold)) struct entry *take_entry(struct execution *execution)
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
    building->len += LENGTH_BYTES + entry_value(entry).span.len;
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
    building->since = execution->engine->store.keys.unshared;
    return true;
}

/* Goes on with a walk. Returns whether no key is an obstacle. */
static __attribute__((cold)) bool walk(struct execution *execution, struct building *building)
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
            building->end = put_value(building->end, entry);
        }
    }
    return true;
}

__attribute__((cold)) int building_go_on(struct execution *execution, struct building *building)
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

__attribute__((cold)) bool building_end(
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
