#include "engine/multi.h"

#include <tcpstore/error.h>

#include "base/cold.h"
#include "engine/asked.h"
#include "engine/building.h"
#include "engine/items.h"
#include "engine/shared_reply.h"
#include "wire/reply.h"

enum { WAITS_PER_ITEM = 16 };

static size_t copied_bytes(const struct slice *value)
{
    return outbox_copies(value) ? value->span.len : 0;
}

/* After an error, nothing was added. */
static int reply_value(struct execution *execution, const struct slice *value, size_t copied)
{
    int code = outbox_prepare(execution->replies, WIRE_LENGTH_SIZE + copied);

    execution->effects->steps -= (long)(copied / STEP_NEW_BYTES);
    return code ? code : reply_blob(execution->replies, value);
}

/* Returns STOP_TURN_OVER, and has added nothing, if the values are too long for one go. */
static int get_each(struct execution *execution)
{
    struct request_items items = execution->request.items;
    struct outbox_mark mark = outbox_mark(execution->replies);
    size_t sum = 0; /* of copied bytes */
    int code = 0;

    charge_items(execution);
    while (code == 0 && items.left > 0) {
        struct name name = store_name(&execution->engine->store, request_next_key(&items));
        struct slice value = store_get(&execution->engine->store, name);
        size_t copied = copied_bytes(&value);

        sum += copied;
        code = sum > execution->engine->limits.bytes_at_once
                   ? STOP_TURN_OVER
                   : reply_value(execution, &value, copied);
    }
    if (code)
        outbox_rewind(execution->replies, &mark);
    return code;
}

/* Returns 0 once the request is the first of those that are done at one moment. */
static int enter_line(struct execution *execution)
{
    uint64_t size = steps_of_items(&execution->request);

    return line_enter(&execution->engine->line, &execution->session->place, size)
               ? 0
               : STOP_PENDING;
}

static int freeze(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;
    int code = enter_line(execution);

    if (code == 0)
        code = moment_freeze(&execution->engine->store.moment);
    if (code == 0)
        unfinished->has_moment = true;
    return code;
}

static bool is_reply_full(const struct execution *execution)
{
    return execution->replies->bytes > execution->engine->limits.reply_bytes;
}

/* Some of the next names. Most look-ups miss the caches: fetching what they will look at takes
 * as long for a group of names as for one. */
struct group {
    struct name names[16];
    size_t count;
};

static void take_group(struct execution *execution, struct group *group)
{
    const struct table *table = &execution->engine->store.keys.table;
    size_t max = sizeof(group->names) / sizeof(group->names[0]);

    for (group->count = 0; group->count < max; group->count++) {
        if (execution->request.items.left == 0 || execution->effects->steps <= 0)
            break;
        group->names[group->count] = take_name(execution);
        table_prefetch_bucket(table, group->names[group->count].hash);
    }
    for (size_t i = 0; i < group->count; i++)
        table_prefetch_node(table, group->names[i].hash);
}

/* The names from that one on. */
static void put_back(struct execution *execution, const struct group *group, size_t index)
{
    execution->request.items.at = group->names[index].bytes - WIRE_LENGTH_SIZE;
    execution->request.items.left += group->count - index;
}

static int get_group(struct execution *execution, const struct group *group)
{
    const struct moment *moment = &execution->engine->store.moment;
    int code = 0;

    for (size_t i = 0; code == 0 && i < group->count; i++) {
        struct slice value = moment_frozen_value(moment, group->names[i]);

        code = is_reply_full(execution) ? STOP_TURN_OVER
                                        : reply_value(execution, &value, copied_bytes(&value));
        if (code == STOP_TURN_OVER ||
            (code == TCPSTORE_ENOMEM && execution->replies->bytes > 0)) {
            put_back(execution, group, i); /* until the replies before are sent */
            return STOP_TURN_OVER;
        }
    }
    return code;
}

static int get_frozen(struct execution *execution)
{
    int code = execution->engine->store.moment.lost ? TCPSTORE_ENOMEM : 0;

    while (code == 0 && execution->request.items.left > 0) {
        struct group group;

        if (execution->effects->steps <= 0)
            return STOP_TURN_OVER;
        take_group(execution, &group);
        code = get_group(execution, &group);
    }
    return code;
}

/* While keys settle, some of its values may have changed. */
static COLD bool may_share(const struct execution *execution, const struct query *query)
{
    return execution->engine->store.moment.phase != MOMENT_SETTLING &&
           shared_reply_is_valid(execution, query) && shared_reply_fits(execution, query);
}

/* At the moment at which the request comes first. Others that ask alike come after it. */
static COLD int begin_moment(struct execution *execution, struct query *query)
{
    int code = freeze(execution);

    if (code || query == NULL)
        return code;
    if (shared_reply_is_worth_it(execution, query))
        execution->session->unfinished->building = building_begin(execution);
    shared_reply_note_miss(execution, query);
    return 0;
}

/* Makes the reply for this and the others. If that is impossible, each value is looked up. */
static COLD int build(struct execution *execution)
{
    struct unfinished *unfinished = execution->session->unfinished;
    struct query *query;
    bool is_kept;
    int code = building_go_on(execution, unfinished->building);

    if (code)
        return code;
    query = asked_query(execution);
    is_kept = building_end(execution, unfinished->building, query);
    unfinished->building = NULL;
    if (is_kept && shared_reply_fits(execution, query) &&
        outbox_append(execution->replies, &query->reply) == 0)
        execution->request.items.left = 0;
    return 0;
}

static COLD int get_in_turns(struct execution *execution)
{
    struct unfinished *unfinished;
    int code = unfinished_begin(execution);

    unmark_unfinished(execution);
    unfinished = execution->session->unfinished;
    if (code == 0 && !unfinished->has_moment) {
        struct query *query = asked_query(execution);

        if (query != NULL && may_share(execution, query)) {
            unfinished_end(execution);
            return outbox_append(execution->replies, &query->reply);
        }
        code = begin_moment(execution, query);
    }
    if (code == 0 && unfinished->building != NULL)
        code = build(execution);
    if (code == 0)
        code = get_frozen(execution);
    if (code)
        return code;
    if (!moment_thaw(&execution->engine->store.moment, &execution->effects->steps))
        return STOP_TURN_OVER;
    unfinished_end(execution);
    return 0;
}

static int get_all(struct execution *execution)
{
    struct query *query = asked_query(execution);
    int code;

    if (query != NULL && shared_reply_make(execution, query) &&
        shared_reply_fits(execution, query))
        return outbox_append(execution->replies, &query->reply);
    code = get_each(execution);
    if (code == 0 && query != NULL)
        shared_reply_note_miss(execution, query);
    return code;
}

/* Inlined, it costs every SET twelve instructions. */
__attribute__((noinline)) int handle_multi_get(struct execution *execution)
{
    int code = takes_turns(execution) ? STOP_TURN_OVER : get_all(execution);

    return code == STOP_TURN_OVER ? get_in_turns(execution) : code;
}

static int set_all(struct execution *execution)
{
    struct request_items *items = &execution->request.items;
    struct slice value = {.blob = execution->request.value.blob};
    struct span key;
    struct batch batch;

    charge_items(execution);
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
static int prepare_pair(struct execution *execution, struct arriving *arriving)
{
    struct name name = take_name(execution);
    struct slice value = slice_borrowed(request_next_sized(&execution->request.items));

    execution->effects->steps -= (long)(value.span.len / STEP_NEW_BYTES);
    return arriving_add(arriving, name, &value);
}

static int prepare_pairs(struct execution *execution, struct unfinished *unfinished)
{
    int code = 0;

    if (unfinished->arriving == NULL)
        unfinished->arriving = arriving_new(
            &execution->engine->store.keys, (size_t)execution->request.items.left,
            &execution->effects->steps);
    if (unfinished->arriving == NULL)
        return TCPSTORE_ENOMEM;
    while (code == 0 && execution->request.items.left > 0) {
        if (execution->effects->steps <= 0)
            return STOP_TURN_OVER;
        code = prepare_pair(execution, unfinished->arriving);
    }
    return code;
}

/* Makes the pairs visible once it is first and they are prepared. If several clients prepared
 * theirs at once, all of them would take memory, and would wait longer. */
static int arrive(struct execution *execution, struct unfinished *unfinished)
{
    int code = enter_line(execution);

    if (code == 0)
        code = prepare_pairs(execution, unfinished);
    if (code)
        return code;
    moment_arrive(&execution->engine->store.moment, unfinished->arriving);
    unfinished->arriving = NULL;
    unfinished->has_moment = true;
    return 0;
}

static int set_in_turns(struct execution *execution)
{
    int code = unfinished_begin(execution);

    unmark_unfinished(execution);
    if (code == 0 && !execution->session->unfinished->has_moment)
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

/* Whether so many waits are registered that to tick off those at each of its names may take
 * long. */
static bool may_end_many_waits(const struct execution *execution)
{
    const struct engine *engine = execution->engine;

    return execution->request.items.left > 1 &&
           store_waits(&engine->store) / WAITS_PER_ITEM > engine->limits.items_at_once;
}

/* Inlined, it costs every ADD an instruction, and every WAIT two. */
__attribute__((noinline)) int handle_multi_set(struct execution *execution)
{
    return takes_turns(execution) || may_end_many_waits(execution) ? set_in_turns(execution)
                                                                   : set_all(execution);
}
