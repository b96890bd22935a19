#include "engine/shared_reply.h"

#include "base/bytes.h"
#include "base/cold.h"
#include "engine/asked.h"
#include "engine/items.h"

bool shared_reply_is_valid(const struct execution *execution, const struct query *query)
{
    return query->reply.blob != NULL &&
           query->reply_since == execution->engine->store.keys.shared_writes;
}

bool shared_reply_fits(const struct execution *execution, const struct query *query)
{
    return query->reply.span.len <= execution->replies->limit - execution->replies->bytes;
}

/* 0: a key is missing, or it is too long. */
static COLD size_t reply_len(const struct execution *execution)
{
    struct request_items items = execution->request.items;
    size_t len = 0;

    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));
        const struct entry *entry = store_entry(&execution->engine->store, name);

        if (entry == NULL)
            return 0;
        len += WIRE_LENGTH_SIZE + entry_value(entry).span.len;
        if (len > execution->engine->limits.bytes_at_once)
            return 0;
    }
    return len;
}

uint8_t *shared_reply_put(uint8_t *at, struct entry *entry)
{
    struct span value = entry_value(entry).span;

    bytes_put_u64(at, value.len);
    entry_share(entry);
    return span_copy(at + WIRE_LENGTH_SIZE, value);
}

static COLD void fill(const struct execution *execution, uint8_t *at)
{
    struct request_items items = execution->request.items;

    while (items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));

        at = shared_reply_put(at, store_entry(&execution->engine->store, name));
    }
}

bool shared_reply_is_worth_it(const struct execution *execution, const struct query *query)
{
    return query->missed_at == execution->engine->store.keys.shared_writes + 1;
}

/* The next miss after a failure is as if it were the first. */
void shared_reply_note_miss(const struct execution *execution, struct query *query)
{
    bool has_failed = shared_reply_is_worth_it(execution, query);

    query->missed_at = has_failed ? 0 : execution->engine->store.keys.shared_writes + 1;
}

COLD bool shared_reply_make(struct execution *execution, struct query *query)
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
        engine->store.keys.shared_writes);
    return true;
}
