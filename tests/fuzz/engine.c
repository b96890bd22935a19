/*
 * Clients of an engine, without sockets. The input decides what they send and in which pieces,
 * when they leave or stop reading, and which allocation is refused. Only waiting clients may be
 * released, and when all have left, all memory must be free.
 *
 * The input: a byte, the number of the allocation to refuse; then steps: a byte that chooses
 * the client and the event, and the event's own bytes.
 */
#include "engine/engine.h"

#include "base/container.h"
#include "fuzz/arena.h"
#include "fuzz/target.h"

enum {
    CLIENTS = 4, /* bits 0 and 1 of a step */
    STEP_SHIFT = 2,
    STEPS = 8,
    IN_PLACE = 32, /* a bit of a step, too */

    FILL_UNIT = 32, /* bytes; so that a short input can send a large value */
    FILL_MAX = 256 * FILL_UNIT,

    FILL_SIZE = 256, /* of an outbox */
    HIGH_WATER = 4096,
    HARD_CAP = 64 << 10,
};

enum step {
    STEP_FILL = 4,  /* a count of units follows */
    STEP_STALL = 5, /* does not read from here on */
    STEP_READ = 6,
    STEP_LEAVE = 7, /* and another one comes in its place */
    /* all others: a length and that many bytes follow, which the client sends */
};

static const struct engine_limits limits = {
    .wire = {.key_bytes = 64, .value_bytes = FILL_MAX, .keys_per_request = 16},
    .queue_entries = 4,
    .appended_bytes = (size_t)2 * FILL_MAX,
    .reply_bytes = 1024,
    .room_bytes = 1,
    .items_at_once = 16,
};

struct client {
    struct session session;
    bool waits;
    bool stalls;
    struct outbox backlog; /* what it has not read */
};

struct world {
    struct arena arena;
    struct memory memory;
    struct engine engine;
    struct outbox replies;
    struct client clients[CLIENTS];
    bool in_place; /* the rest of a request is received to where its front is kept */
};

static void client_init(struct world *world, struct client *client)
{
    *client = (struct client){0};
    engine_enter(&client->session, &world->memory);
    outbox_init(&client->backlog, &world->memory, FILL_SIZE, HARD_CAP);
}

static void leave(struct world *world, struct client *client)
{
    struct effects effects;

    effects_init(&effects, &world->replies);
    MUST(engine_leave(&world->engine, &client->session, &effects));
    outbox_done(&client->backlog);
    client_init(world, client);
}

/* Every byte of it must be there to be read. */
static void read_all(struct outbox *outbox)
{
    static uint8_t read[ARENA_MEMORY_LIMIT];

    while (outbox->bytes > 0) {
        struct span view;

        MUST(outbox_peek(outbox, &view, 1) == 1 && view.len > 0 && view.len <= sizeof(read));
        span_copy(read, view);
        outbox_consume(outbox, view.len);
    }
}

/* False: they are too many, and the client is gone. */
static bool pass_on(struct world *world, struct client *client)
{
    bool kept = true;

    if (!client->stalls)
        read_all(&world->replies);
    else
        kept = outbox_move(&client->backlog, &world->replies) == 0;
    outbox_clear(&world->replies);
    if (!kept)
        leave(world, client);
    return kept;
}

static void send_releases(struct world *world, struct effects *effects)
{
    struct session *session;

    while ((session = engine_take_released(effects)) != NULL) {
        struct client *client = CONTAINER_OF(session, struct client, session);

        MUST(client->waits && !waiter_is_waiting(&session->waiter));
        client->waits = false;
        if (engine_reply_released(&world->replies))
            leave(world, client);
        else
            pass_on(world, client);
    }
}

static bool is_paused(const struct client *client)
{
    return client->backlog.bytes >= HIGH_WATER;
}

/* What the session does. False: it is gone. */
static bool apply(
    struct world *world, struct client *client, enum stop stop, struct effects *effects)
{
    for (;;) {
        bool stays;

        MUST(stop == client->session.stop || stop == STOP_REFUSED);
        MUST(stop != STOP_REFUSED || effects->refusal.code != 0);
        client->waits = waiter_is_waiting(&client->session.waiter);
        stays = pass_on(world, client);
        send_releases(world, effects);
        if (!stays)
            return false;
        if (stop == STOP_REFUSED) {
            leave(world, client);
            return false;
        }
        if (stop != STOP_TURN_OVER || is_paused(client))
            return true;
        stop = session_continue(&world->engine, &client->session, effects);
    }
}

static void check_needs(const struct session *session)
{
    MUST(
        session->stop != STOP_NEEDS_BYTES || input_is_empty(&session->input) ||
        session_needs(session) > session->input.len);
}

/* Receives up to `bytes` where the session has room. Returns how many. */
static size_t receive_in_place(struct world *world, struct client *client, struct span bytes)
{
    struct room room = session_room(&world->engine, &client->session);
    struct effects effects;
    size_t len = room.len < bytes.len ? room.len : bytes.len;

    if (room.bytes == NULL)
        return 0;
    MUST(
        room.len > 0 &&
        room.len <= session_needs(&client->session) - client->session.input.len);
    effects_init(&effects, &world->replies);
    span_copy(room.bytes, span_of(bytes.bytes, len));
    apply(
        world, client, session_received(&world->engine, &client->session, len, &effects),
        &effects);
    return len;
}

static void receive(struct world *world, struct client *client, struct span bytes)
{
    struct effects effects;

    if (world->in_place)
        bytes = span_from(bytes, receive_in_place(world, client, bytes));
    do {
        enum stop stop;

        effects_init(&effects, &world->replies);
        stop = session_feed(&world->engine, &client->session, bytes, &effects);
        MUST(effects.left == 0 || effects.left < bytes.len);
        bytes = span_last(bytes, effects.left);
        if (!apply(world, client, stop, &effects))
            return;
    } while (bytes.len > 0);
    check_needs(&client->session);
}

static void send(struct world *world, struct client *client, struct span *input)
{
    struct span bytes = take(input, take_byte(input));

    hide(*input);
    receive(world, client, bytes);
    show(*input);
}

static void fill(struct world *world, struct client *client, struct span *input)
{
    static const uint8_t filling[FILL_MAX];

    receive(world, client, span_of(filling, (take_byte(input) + (size_t)1) * FILL_UNIT));
}

static void read_backlog(struct world *world, struct client *client)
{
    struct effects effects;

    client->stalls = false;
    read_all(&client->backlog);
    if (client->session.stop != STOP_TURN_OVER)
        return;
    effects_init(&effects, &world->replies);
    apply(
        world, client, session_continue(&world->engine, &client->session, &effects), &effects);
}

static void run_step(struct world *world, struct span *input)
{
    uint8_t byte = take_byte(input);
    struct client *client = &world->clients[byte % CLIENTS];

    world->in_place = byte & IN_PLACE;
    switch (byte >> STEP_SHIFT & (STEPS - 1)) {
    case STEP_FILL:
        fill(world, client, input);
        break;
    case STEP_STALL:
        client->stalls = true;
        break;
    case STEP_READ:
        read_backlog(world, client);
        break;
    case STEP_LEAVE:
        leave(world, client);
        break;
    default:
        send(world, client, input);
    }
}

static void must_wait_as_it_knows(const struct world *world)
{
    for (size_t i = 0; i < CLIENTS; i++)
        MUST(world->clients[i].waits == waiter_is_waiting(&world->clients[i].session.waiter));
}

static void run_steps(struct world *world, struct span *input)
{
    for (size_t i = 0; i < CLIENTS; i++)
        client_init(world, &world->clients[i]);
    while (input->len > 0) {
        run_step(world, input);
        must_wait_as_it_knows(world);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        leave(world, &world->clients[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key hash_key = {{1, 2, 3}};
    static struct world world;
    struct span input = span_of(data, size);

    arena_init(&world.arena, &world.memory, take_byte(&input));
    outbox_init(&world.replies, &world.memory, FILL_SIZE, HARD_CAP);
    if (engine_init(&world.engine, &world.memory, &world.memory, &hash_key, &limits) == 0) {
        run_steps(&world, &input);
        engine_done(&world.engine);
    }
    outbox_done(&world.replies);
    memory_give_back(&world.memory, SIZE_MAX);
    MUST(world.memory.used == 0);
    MUST(world.arena.blocks == 0);
    return 0;
}
