#include "engine/listing.h"

#include <assert.h>

#include <tcpstore/error.h>

#include "base/bytes.h"
#include "engine/gate.h"
#include "engine/unfinished.h"
#include "wire/reply.h"

enum {
    FILL_SIZE = 64 * 1024,
    FEW_KEYS = 64, /* take no longer than a short turn */
};

struct listing {
    struct keys_cursor cursor;
    struct outbox gathered; /* the reply */
    uint8_t *count;         /* its first bytes, known when all keys are gathered */
    size_t listed;          /* keys */
};

static int list_key(void *outbox, struct span key)
{
    return reply_key(outbox, key);
}

static int list_keys(struct execution *execution)
{
    int code =
        reply_number(execution->replies, (int64_t)store_count(&execution->engine->store));

    return code ? code
                : store_each_key(&execution->engine->store, list_key, execution->replies);
}

/* Returns STOP_TURN_OVER, and has added nothing, if the keys are too long for one go. */
static int list_all(struct execution *execution)
{
    struct outbox *outbox = execution->replies;
    struct outbox_mark mark = outbox_mark(outbox);
    size_t limit = outbox->limit;
    size_t at_once = execution->engine->limits.bytes_at_once;
    int code;

    execution->effects->steps -= (long)store_count(&execution->engine->store);
    if (at_once < limit - outbox->bytes)
        outbox_set_limit(outbox, outbox->bytes + at_once);
    code = list_keys(execution);
    outbox_set_limit(outbox, limit);
    if (code)
        outbox_rewind(outbox, &mark);
    return code == TCPSTORE_EOUTPUT ? STOP_TURN_OVER : code;
}

/* NULL if memory is refused. */
static struct listing *listing_new(struct execution *execution)
{
    struct memory *memory = execution->session->memory;
    struct listing *listing = memory_alloc(memory, sizeof(*listing));

    if (listing == NULL)
        return NULL;
    *listing = (struct listing){.listed = 0};
    outbox_init(&listing->gathered, memory, FILL_SIZE, execution->replies->limit);
    listing->count = outbox_reserve(&listing->gathered, 8).bytes;
    if (listing->count == NULL) {
        outbox_done(&listing->gathered);
        memory_free(memory, listing, sizeof(*listing));
        return NULL;
    }
    keys_cursor_begin(&execution->engine->store.keys, &listing->cursor);
    return listing;
}

static int gather(struct execution *execution, struct listing *listing)
{
    struct span key;

    while (execution->effects->steps > 0) {
        size_t skipped = listing->cursor.skipped;
        int error;

        if (!keys_cursor_next(&execution->engine->store.keys, &listing->cursor, &key))
            return 0;
        execution->effects->steps -=
            steps_of_name(key.len) + (long)(listing->cursor.skipped - skipped);
        error = reply_key(&listing->gathered, key);
        if (error)
            return error;
        listing->listed++;
    }
    return STOP_TURN_OVER;
}

static int end(struct execution *execution, struct listing *listing)
{
    int error;

    bytes_put_u64(listing->count, listing->listed);
    error = outbox_move(execution->replies, &listing->gathered);
    if (error)
        return error;
    execution->session->unfinished->listing = NULL;
    assert(listing->gathered.bytes == 0);
    listing_drop(listing, execution);
    unfinished_end(execution);
    return 0;
}

/* A moment may have begun since the request began. */
static int begin(struct execution *execution, struct unfinished *unfinished)
{
    int code = gate_pass(execution);

    if (code)
        return code;
    unfinished->listing = listing_new(execution);
    return unfinished->listing == NULL ? TCPSTORE_ENOMEM : 0;
}

static int list_in_turns(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;
    int code = unfinished->listing == NULL ? begin(execution, unfinished) : 0;

    if (code)
        return code;
    code = gather(execution, unfinished->listing);
    return code ? code : end(execution, unfinished->listing);
}

/* Unlike other requests, it shows by no length how long it takes. */
static bool fits_in_turn(const struct execution *execution, size_t count)
{
    return count <= execution->engine->limits.items_at_once &&
           (long)count - FEW_KEYS <= execution->effects->steps;
}

int handle_list_keys(struct execution *execution)
{
    size_t count = store_count(&execution->engine->store);
    int code = STOP_TURN_OVER;

    if (execution->session->unfinished == NULL && fits_in_turn(execution, count))
        code = list_all(execution);
    if (code != STOP_TURN_OVER)
        return code;
    code = unfinished_begin(execution);
    return code ? code : list_in_turns(execution);
}

bool listing_drop(struct listing *listing, struct execution *execution)
{
    keys_cursor_end(&listing->cursor);
    if (!outbox_drop(&listing->gathered, &execution->effects->steps))
        return false;
    outbox_done(&listing->gathered);
    memory_free(execution->session->memory, listing, sizeof(*listing));
    return true;
}
