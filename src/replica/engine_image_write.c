#include "base/container.h"
#include "replica/engine_image.h"
#include "replica/engine_layout.h"
#include "store/wait_list.h"

static const uint32_t UNLISTED = UINT32_MAX;

/* What the visitors of keys and queues need. */
struct writing {
    struct image_writer *writer;
    struct engine *engine;
};

static void put_counts(const struct writing *writing)
{
    image_put_u32(writing->writer, ENGINE_OPERATIONS);
    for (unsigned i = 0; i < ENGINE_OPERATIONS; i++)
        image_put_u64(writing->writer, writing->engine->executed[i]);
}

static int put_key(void *context, struct span key)
{
    const struct writing *writing = context;
    const struct store *store = &writing->engine->store;
    struct slice value = store_get(store, store_name(store, key));

    image_put_bytes(writing->writer, key);
    image_put_value(writing->writer, &value);
    return writing->writer->error;
}

static void put_keys(struct writing *writing)
{
    const struct store *store = &writing->engine->store;

    image_put_u64(writing->writer, store_count(store));
    store_each_key(store, put_key, writing);
}

static int put_queued(void *context, const struct slice *value)
{
    const struct writing *writing = context;

    image_put_value(writing->writer, value);
    return writing->writer->error;
}

static void put_queues(struct writing *writing)
{
    struct store *store = &writing->engine->store;
    struct queues_cursor cursor = {0};
    struct span name;
    size_t length;

    image_put_u64(writing->writer, store->queues.table.nodes);
    queues_cursor_begin(&store->queues, &cursor);
    while ((length = queues_cursor_next(&store->queues, &cursor, &name)) > 0) {
        image_put_bytes(writing->writer, name);
        image_put_u64(writing->writer, length);
        queues_each(&store->queues, store_name(store, name), put_queued, writing);
    }
    queues_cursor_end(&cursor);
}

static uint8_t flags_of(const struct session *session)
{
    uint8_t flags = 0;

    if (session->validated)
        flags |= SESSION_VALIDATED;
    if (session->is_known)
        flags |= SESSION_IS_KNOWN;
    return flags;
}

/* Its unexecuted bytes are copied: more will come behind them. */
static void put_session(struct image_writer *writer, const struct session *session)
{
    const struct activity *activity = &session->activity;
    struct slice input = slice_borrowed(span_of(NULL, 0));

    if (!input_is_empty(&session->input))
        input = slice_borrowed(input_slice(&session->input).span);
    image_put_u8(writer, flags_of(session));
    image_put_u64(writer, activity->requests);
    image_put_bytes(writer, span_of(activity->key, activity->key_len));
    image_put_u32(writer, session->waiter.barrier_size);
    image_put_value(writer, &input);
}

static void put_sessions(struct image_writer *writer, struct engine_sessions sessions)
{
    image_put_u32(writer, sessions.count);
    for (uint32_t i = 0; i < sessions.count; i++)
        put_session(writer, sessions.list[i]);
}

static uint32_t number_of(const struct waiter *waiter)
{
    return CONTAINER_OF(waiter, const struct session, waiter)->number;
}

static void put_wait(const struct writing *writing, const struct wait *wait)
{
    struct image_writer *writer = writing->writer;
    const struct crowd *crowd = wait_crowd(wait);

    image_put_u64(writer, wait->number);
    if (crowd != NULL && !wait->waiter->is_crowd) {
        image_put_u8(writer, WAIT_IN_CROWD);
        image_put_u32(writer, number_of(wait->waiter));
        image_put_u32(writer, crowd->listed_as);
        return;
    }
    if (crowd != NULL)
        image_put_u8(writer, WAIT_OF_CROWD);
    else
        image_put_u8(writer, waiter_is_counted(wait->waiter) ? WAIT_COUNTED : WAIT_OF_SESSION);
    image_put_u32(writer, crowd != NULL ? crowd->listed_as : number_of(wait->waiter));
    image_put_bytes(writer, wait_name(wait));
}

/* Numbers the crowds in the order of their first waits. Returns how many there are. */
static uint32_t list_crowds(const struct wait_list *list)
{
    uint32_t crowds = 0;

    for (size_t i = 0; i < list->count; i++)
        if (wait_crowd(list->waits[i]) != NULL)
            wait_crowd(list->waits[i])->listed_as = UNLISTED;
    for (size_t i = 0; i < list->count; i++) {
        struct crowd *crowd = wait_crowd(list->waits[i]);

        if (crowd != NULL && crowd->listed_as == UNLISTED)
            crowd->listed_as = crowds++;
    }
    return crowds;
}

static void put_list(const struct writing *writing, const struct wait_list *list)
{
    image_put_u32(writing->writer, list_crowds(list));
    image_put_u64(writing->writer, writing->engine->store.waits.next_number);
    image_put_u64(writing->writer, list->count);
    for (size_t i = 0; i < list->count; i++)
        put_wait(writing, list->waits[i]);
}

static void put_waits(const struct writing *writing, struct engine_sessions sessions)
{
    const struct waits *waits = &writing->engine->store.waits;
    struct wait_list list;

    if (writing->writer->error == 0)
        writing->writer->error = wait_list_begin(&list, waits);
    if (writing->writer->error)
        return;
    for (uint32_t i = 0; i < sessions.count; i++)
        wait_list_add_member(&list, &sessions.list[i]->waiter);
    wait_list_finish(&list, waits);
    put_list(writing, &list);
    wait_list_done(&list);
}

void engine_image_write(
    struct image_writer *writer, struct engine *engine, struct engine_sessions sessions)
{
    struct writing writing = {writer, engine};

    image_put_u32(writer, ENGINE_IMAGE_VERSION);
    put_counts(&writing);
    put_keys(&writing);
    put_queues(&writing);
    put_sessions(writer, sessions);
    put_waits(&writing, sessions);
}
