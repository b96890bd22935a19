#include "support/world.h"

#include <limits.h>

#include "support/outbox_reader.h"
#include "support/requests.h"
#include "support/test.h"

enum { FED_BYTES = 100 };

static const struct hash_key hash_key = {{1, 2, 3}};

int world_init(struct world *world, size_t refused)
{
    const struct engine_limits limits = {
        .wire = {.key_bytes = 8192, .value_bytes = 8 << 20, .keys_per_request = 128 << 10},
        .queue_entries = 2,
        .appended_bytes = 8 << 20,
        .reply_bytes = 1 << 20,
        .room_bytes = 64 << 10,
        .bytes_at_once = 1 << 20,
        .items_at_once = 1024,
    };

    *world = (struct world){0};
    allocator_init(&world->allocator, &world->memory);
    if (refused > 0)
        allocator_refuse(&world->allocator, refused);
    outbox_init(&world->outbox, &world->memory, 256, SIZE_MAX / 2);
    effects_init(&world->effects, &world->outbox);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        engine_enter(&world->clients[i].session, &world->memory);
    return engine_init(&world->engine, &world->memory, &world->memory, &hash_key, &limits);
}

void world_done(struct world *world)
{
    for (size_t i = 0; i < WORLD_CLIENTS; i++) {
        world_leave(world, i);
        buffer_free(&world->clients[i].replies);
    }
    outbox_done(&world->outbox);
    engine_done(&world->engine);
    allocator_check_empty(&world->allocator, &world->memory);
}

static void send_releases(struct world *world)
{
    struct session *session;

    while ((session = engine_take_released(&world->effects)) != NULL) {
        struct client *client = (struct client *)session;

        allocator_refuse_none(&world->allocator);
        assert_int_equal(engine_reply_released(&world->outbox), 0);
        outbox_read(&world->outbox, &client->replies);
    }
}

static void pass_on(struct world *world, size_t client)
{
    outbox_read(&world->outbox, &world->clients[client].replies);
    send_releases(world);
}

enum stop world_feed(struct world *world, size_t client, struct buffer *requests, long steps)
{
    enum stop stop;

    world->effects.steps = steps;
    stop = session_feed(
        &world->engine, &world->clients[client].session, buffer_span(requests),
        &world->effects);
    buffer_clear(requests);
    pass_on(world, client);
    return stop;
}

enum stop world_continue(struct world *world, size_t client, long steps)
{
    enum stop stop;

    world->effects.steps = steps;
    stop = session_continue(&world->engine, &world->clients[client].session, &world->effects);
    pass_on(world, client);
    return stop;
}

/* Passes the effects on, turn after turn, until the session stops for another reason. */
static int drive(struct world *world, size_t client, enum stop stop)
{
    pass_on(world, client);
    while (stop == STOP_TURN_OVER)
        stop = world_continue(world, client, LONG_MAX);
    if (stop != STOP_REFUSED)
        return 0;
    world->refusal = world->effects.refusal;
    world_leave(world, client);
    return world->refusal.code;
}

static int feed(struct world *world, size_t client, struct span bytes)
{
    int code = 0;

    while (code == 0 && bytes.len > 0) {
        enum stop stop;

        world->effects.steps = LONG_MAX;
        stop = session_feed(
            &world->engine, &world->clients[client].session, bytes, &world->effects);
        bytes = span_last(bytes, world->effects.left);
        code = drive(world, client, stop);
    }
    return code;
}

int world_send(struct world *world, size_t client, struct buffer *requests)
{
    int code = feed(world, client, buffer_span(requests));

    buffer_clear(requests);
    return code;
}

int world_validate(struct world *world, size_t client)
{
    struct buffer request = {0};
    int code;

    add_word(&request, OP_VALIDATE, MAGIC);
    code = world_send(world, client, &request);
    buffer_free(&request);
    return code;
}

int world_validate_all(struct world *world)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < WORLD_CLIENTS; i++)
        code = world_validate(world, i);
    return code;
}

static int receive(struct world *world, size_t client, struct room room, struct span bytes)
{
    enum stop stop;

    world->effects.steps = LONG_MAX;
    span_copy(room.bytes, bytes);
    stop = session_received(
        &world->engine, &world->clients[client].session, bytes.len, &world->effects);
    return drive(world, client, stop);
}

int world_send_in_place(struct world *world, size_t client, struct buffer *requests)
{
    struct span rest = buffer_span(requests);
    int code = 0;

    while (code == 0 && rest.len > 0) {
        struct room room = session_room(&world->engine, &world->clients[client].session);
        size_t len = room.bytes == NULL ? FED_BYTES : room.len;
        struct span piece = span_of(rest.bytes, len < rest.len ? len : rest.len);

        code = room.bytes == NULL ? feed(world, client, piece)
                                  : receive(world, client, room, piece);
        rest = span_from(rest, piece.len);
    }
    buffer_clear(requests);
    return code;
}

bool world_leave_in_turns(struct world *world, size_t client, long steps)
{
    struct session *session = &world->clients[client].session;
    bool has_left;

    world->effects.steps = steps;
    has_left = engine_leave(&world->engine, session, &world->effects);
    if (has_left)
        engine_enter(session, &world->memory);
    send_releases(world);
    return has_left;
}

void world_leave(struct world *world, size_t client)
{
    assert_true(world_leave_in_turns(world, client, LONG_MAX));
}

size_t world_take_ready(struct world *world)
{
    struct client *client = (struct client *)engine_take_ready(&world->engine);

    return client == NULL ? WORLD_CLIENTS : (size_t)(client - world->clients);
}

void world_expect(struct world *world, size_t client, struct span replies)
{
    struct buffer *received = &world->clients[client].replies;

    assert_spans_equal(buffer_span(received), replies);
    buffer_clear(received);
}

struct dump {
    const struct store *store;
    struct buffer *buffer;
};

static int dump_key(void *context, struct span key)
{
    struct dump *dump = context;

    buffer_add_sized(dump->buffer, key);
    buffer_add_sized(dump->buffer, store_get(dump->store, store_name(dump->store, key)).span);
    return 0;
}

void world_dump(const struct world *world, struct buffer *ret_dump)
{
    struct dump dump = {&world->engine.store, ret_dump};

    buffer_clear(ret_dump);
    store_each_key(dump.store, dump_key, &dump);
    buffer_add_u64(ret_dump, store_queue_length(dump.store, store_name(dump.store, text("q"))));
}
