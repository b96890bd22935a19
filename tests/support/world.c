#include "support/world.h"

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
        .items_at_once = 1024,
    };

    *world = (struct world){0};
    allocator_init(&world->allocator, &world->memory);
    if (refused > 0)
        allocator_refuse(&world->allocator, refused);
    outbox_init(&world->outbox, &world->memory, 256, SIZE_MAX / 2);
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

static void pass_on(struct world *world, struct effects *effects)
{
    struct session *session;

    while ((session = engine_take_released(effects)) != NULL) {
        struct client *client = (struct client *)session;

        allocator_refuse_none(&world->allocator);
        assert_int_equal(engine_reply_released(&world->outbox), 0);
        outbox_read(&world->outbox, &client->replies);
    }
}

/* Passes the effects on, turn after turn, until the session stops for another reason. */
static int drive(struct world *world, size_t client, enum stop stop, struct effects *effects)
{
    struct client *driven = &world->clients[client];

    for (;;) {
        outbox_read(&world->outbox, &driven->replies);
        pass_on(world, effects);
        if (stop != STOP_TURN_OVER)
            break;
        stop = session_continue(&world->engine, &driven->session, effects);
    }
    if (stop != STOP_REFUSED)
        return 0;
    world->refusal = effects->refusal;
    world_leave(world, client);
    return world->refusal.code;
}

static int feed(struct world *world, size_t client, struct span bytes)
{
    struct effects effects;
    int code = 0;

    while (code == 0 && bytes.len > 0) {
        enum stop stop;

        effects_init(&effects, &world->outbox);
        stop = session_feed(&world->engine, &world->clients[client].session, bytes, &effects);
        bytes = span_last(bytes, effects.left);
        code = drive(world, client, stop, &effects);
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

static int receive(struct world *world, size_t client, struct room room, struct span bytes)
{
    struct effects effects;
    enum stop stop;

    effects_init(&effects, &world->outbox);
    span_copy(room.bytes, bytes);
    stop =
        session_received(&world->engine, &world->clients[client].session, bytes.len, &effects);
    return drive(world, client, stop, &effects);
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

void world_leave(struct world *world, size_t client)
{
    struct effects effects;

    effects_init(&effects, &world->outbox);
    assert_true(engine_leave(&world->engine, &world->clients[client].session, &effects));
    engine_enter(&world->clients[client].session, &world->memory);
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
