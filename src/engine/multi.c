#include "engine/multi.h"

#include <tcpstore/error.h>

#include "engine/items.h"
#include "wire/reply.h"

enum {
    REPLY_STEP_BYTES = 256, /* copied to new memory, and sent */
    LENGTH_BYTES = 8,       /* in front of a value */
};

/* After an error, nothing was added. */
static int reply_value(struct execution *execution, const struct slice *value)
{
    size_t copied = outbox_copies(value) ? value->span.len : 0;
    int code = outbox_prepare(execution->replies, LENGTH_BYTES + copied);

    execution->effects->steps -= (long)(copied / REPLY_STEP_BYTES);
    return code ? code : reply_blob(execution->replies, value);
}

static int get_all(struct execution *execution)
{
    struct request_items items = execution->request.items;
    struct outbox_mark mark = outbox_mark(execution->replies);
    int code = 0;

    execution->effects->steps -= (long)items.left;
    while (code == 0 && items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));
        struct slice value = store_get(&execution->engine->store, name);

        code = reply_value(execution, &value);
    }
    if (code)
        outbox_rewind(execution->replies, &mark);
    return code;
}

/* Returns 0 once the request is the first of those that are done at one moment. */
static int enter_line(struct execution *execution)
{
    return line_enter(&execution->engine->line, &execution->session->place) ? 0 : STOP_PENDING;
}

static int freeze(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;
    int code = enter_line(execution);

    if (code == 0)
        code = moment_freeze(&execution->engine->store.moment);
    if (code == 0)
        unfinished->has_begun = true;
    return code;
}

static bool is_turn_over(const struct execution *execution)
{
    return execution->effects->steps <= 0 ||
           execution->replies->bytes > execution->engine->limits.reply_bytes;
}

static int get_frozen(struct execution *execution)
{
    const struct moment *moment = &execution->engine->store.moment;
    int code = 0;

    while (code == 0 && execution->request.items.left > 0) {
        struct request_items next = execution->request.items;
        struct slice value;

        if (is_turn_over(execution))
            return STOP_TURN_OVER;
        value = moment_frozen_value(moment, take_name(execution));
        code = moment->lost ? TCPSTORE_ENOMEM : reply_value(execution, &value);
        if (code == TCPSTORE_ENOMEM && !moment->lost && execution->replies->bytes > 0) {
            execution->request.items = next; /* once the replies before are sent */
            return STOP_TURN_OVER;
        }
    }
    return code;
}

static int get_in_turns(struct execution *execution)
{
    int code = unfinished_begin(execution);

    unmark_unfinished(execution);
    if (code == 0 && !execution->session->unfinished->has_begun)
        code = freeze(execution);
    if (code == 0)
        code = get_frozen(execution);
    if (code)
        return code;
    if (!moment_thaw(&execution->engine->store.moment, &execution->effects->steps))
        return STOP_TURN_OVER;
    unfinished_end(execution);
    return 0;
}

__attribute__((noinline)) int handle_multi_get(struct execution *execution)
{
    return takes_turns(execution) ? get_in_turns(execution) : get_all(execution);
}

static int set_all(struct execution *execution)
{
    struct request_items *items = &execution->request.items;
    struct slice value = {.blob = execution->request.value.blob};
    struct span key;
    struct batch batch;

    execution->effects->steps -= (long)(items->left + execution->request.len / STEP_BYTES);
    batch_init(&batch);
    while (items->left > 0) {
        request_next_pair(items, &key, &value.span);
        if (store_prepare(&execution->engine->store, &batch, key, &value)) {
            store_discard(&execution->engine->store, &batch);
            return TCPSTORE_ENOMEM;
        }
    }
    store_commit(&execution->engine->store, &batch, &execution->effects->released);
    return 0;
}

/* Does not share the request's bytes: they may move before the next turn. */
static int prepare_pair(struct execution *execution, struct keys *arriving)
{
    struct name name = take_name(execution);
    struct slice value = slice_borrowed(request_next_sized(&execution->request.items));

    execution->effects->steps -= (long)(value.span.len / STEP_BYTES);
    return arriving_add(&execution->engine->store.moment, arriving, name, &value);
}

static int prepare_pairs(struct execution *execution, struct unfinished *unfinished)
{
    int code = 0;

    if (unfinished->arriving == NULL)
        unfinished->arriving = arriving_new(&execution->engine->store.moment);
    if (unfinished->arriving == NULL)
        return TCPSTORE_ENOMEM;
    while (code == 0 && execution->request.items.left > 0) {
        if (execution->effects->steps <= 0)
            return STOP_TURN_OVER;
        code = prepare_pair(execution, unfinished->arriving);
    }
    return code;
}

/* Makes the pairs visible once they are prepared and it is first. */
static int arrive(struct execution *execution, struct unfinished *unfinished)
{
    int code = prepare_pairs(execution, unfinished);

    if (code == 0)
        code = enter_line(execution);
    if (code)
        return code;
    moment_arrive(&execution->engine->store.moment, unfinished->arriving);
    unfinished->arriving = NULL;
    unfinished->has_begun = true;
    return 0;
}

static int set_in_turns(struct execution *execution)
{
    int code = unfinished_begin(execution);

    unmark_unfinished(execution);
    if (code == 0 && !execution->session->unfinished->has_begun)
        code = arrive(execution, execution->session->unfinished);
    if (code)
        return code;
    if (!moment_settle(
            &execution->engine->store.moment, &execution->effects->released,
            &execution->effects->steps))
        return STOP_TURN_OVER;
    unfinished_end(execution);
    return 0;
}

/* A single value is stored where it was received. */
static bool is_set_at_once(const struct execution *execution)
{
    uint64_t pairs = execution->request.items.left;

    return pairs <= 1 || (pairs <= execution->engine->limits.items_at_once &&
                          execution->request.len <= execution->engine->limits.bytes_at_once);
}

__attribute__((noinline)) int handle_multi_set(struct execution *execution)
{
    return is_set_at_once(execution) ? set_all(execution) : set_in_turns(execution);
}
