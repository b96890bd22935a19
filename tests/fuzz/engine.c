/*
 * Clients of an engine, without sockets. The input decides what they send and in which pieces,
 * how much a call may do, when they leave or stop reading, and which allocation is refused.
 * Only waiting clients may be released, every request must end, and when all have left, all
 * memory must be free.
 *
 * The input: a byte, the number of the allocation to refuse; then steps: a byte that chooses
 * the client and the event, and the event's own bytes.
 */
#include "engine/engine.h"

#include <limits.h>

#include "base/container.h"
#include "fuzz/arena.h"
#include "fuzz/target.h"
#include "record/reader.h"
#include "support/record_copy.h"

enum {
    CLIENTS = 4, /* bits 0 and 1 of a step */
    STEP_SHIFT = 2,
    STEPS = 8,
    IN_PLACE = 32,   /* a bit of a step, too */
    LIMIT_SHIFT = 6, /* the two highest bits choose what a call of the engine may do */

    FILL_UNIT = 32, /* bytes; so that a short input can send a large value */
    FILL_MAX = 256 * FILL_UNIT,

    FILL_SIZE = 256, /* of an outbox */
    HIGH_WATER = 4096,
    HARD_CAP = 64 << 10,
};

enum step {
    STEP_FILL = 4,  /* a count of units follows */
    STEP_STALL = 5, /* does not read from here on */
    STEP_READ = 6,  /* and goes on */
    STEP_LEAVE = 7, /* once the engine has done with it, another connects in its place */
    /* all others: a length and that many bytes follow, which the client sends */
};

static const struct engine_limits limits = {
    .wire = {.key_bytes = 64, .value_bytes = FILL_MAX, .keys_per_request = 16},
    .queue_entries = 4,
    .appended_bytes = (size_t)2 * FILL_MAX,
    .reply_bytes = 1024,
    .room_bytes = 1,
    .bytes_at_once = 1024,
    .query_keys = 2,
    .query_bytes = 1000,
    .items_at_once = 2,
};

struct client {
    struct session session;
    bool waits; /* and was not sent its release */
    bool stalls;
    bool leaves;
    struct outbox backlog; /* what it has not read */
};

struct world {
    struct arena arena;
    struct memory memory;
    struct engine engine;
    struct record record;
    struct outbox replies;
    struct effects effects;
    long steps; /* of each call; if they are few, the client goes on in a later step */
    struct client clients[CLIENTS];
    bool in_place; /* the rest of a request is received to where its front is kept */
};

static void client_init(struct world *world, struct client *client)
{
    *client = (struct client){0};
    engine_enter(&client->session, &world->memory);
    outbox_init(&client->backlog, &world->memory, FILL_SIZE, HARD_CAP);
}

static bool has_few_steps(const struct world *world)
{
    return world->steps < LONG_MAX;
}

static struct effects *begin_call(struct world *world)
{
    world->effects.steps = world->steps;
    return &world->effects;
}

/* Or goes on leaving. Has left afterwards, unless there are few steps. */
static void leave(struct world *world, struct client *client)
{
    client->waits = false;
    client->leaves = true;
    outbox_clear(&client->backlog);
    if (!engine_leave(&world->engine, &client->session, begin_call(world))) {
        MUST(has_few_steps(world));
        return;
    }
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

static void send_releases(struct world *world)
{
    struct session *session;

    while ((session = engine_take_released(&world->effects)) != NULL) {
        struct client *client = CONTAINER_OF(session, struct client, session);

        MUST(client->waits && !client->leaves && !waiter_is_waiting(&session->waiter));
        client->waits = false;
        if (engine_reply_released(&world->replies))
            leave(world, client);
        else
            pass_on(world, client);
    }
}

/* Each will go on in a later step, or at the end. One that continued too early has used up its
 * turn. */
static void take_ready(struct world *world)
{
    struct session *session;

    while ((session = engine_take_ready(&world->engine)) != NULL)
        MUST(session->stop == STOP_PENDING || session->stop == STOP_TURN_OVER);
}

static bool is_paused(const struct client *client)
{
    return client->backlog.bytes >= HIGH_WATER && !session_must_go_on(&client->session);
}

/* Passes on what the session has done. False: the client is gone, or leaves. */
static bool apply(struct world *world, struct client *client, enum stop stop)
{
    MUST(stop == client->session.stop || stop == STOP_REFUSED);
    MUST(stop != STOP_REFUSED || world->effects.refusal.code != 0);
    client->waits = waiter_is_waiting(&client->session.waiter) ||
                    list_is_linked(&client->session.waiter.released);
    if (!pass_on(world, client))
        return false;
    if (stop == STOP_REFUSED)
        leave(world, client);
    take_ready(world);
    return stop != STOP_REFUSED;
}

static bool go_on(struct world *world, struct client *client)
{
    enum stop stop = session_continue(&world->engine, &client->session, begin_call(world));

    return apply(world, client, stop);
}

/* Turn after turn, unless there are few steps. False: the client is gone, or leaves. */
static bool finish(struct world *world, struct client *client)
{
    while (client->session.stop == STOP_TURN_OVER && !is_paused(client) &&
           !has_few_steps(world)) {
        if (!go_on(world, client))
            return false;
    }
    return true;
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
    size_t len = room.len < bytes.len ? room.len : bytes.len;
    enum stop stop;

    if (room.bytes == NULL)
        return 0;
    MUST(
        room.len > 0 &&
        room.len <= session_needs(&client->session) - client->session.input.len);
    span_copy(room.bytes, span_of(bytes.bytes, len));
    stop = session_received(&world->engine, &client->session, len, begin_call(world));
    return apply(world, client, stop) && finish(world, client) ? len : bytes.len;
}

static void receive(struct world *world, struct client *client, struct span bytes)
{
    if (world->in_place)
        bytes = span_from(bytes, receive_in_place(world, client, bytes));
    while (bytes.len > 0) {
        enum stop stop =
            session_feed(&world->engine, &client->session, bytes, begin_call(world));

        MUST(world->effects.left == 0 || world->effects.left < bytes.len);
        bytes = span_last(bytes, world->effects.left);
        if (!apply(world, client, stop) || !finish(world, client))
            return;
    }
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

/* Goes on even if it is too early. */
static void read_backlog(struct world *world, struct client *client)
{
    client->stalls = false;
    read_all(&client->backlog);
    if (client->session.stop != STOP_NEEDS_BYTES && go_on(world, client))
        finish(world, client);
}

static void run_event(
    struct world *world, struct client *client, uint8_t event, struct span *input)
{
    switch (event) {
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

static void run_step(struct world *world, struct span *input)
{
    static const long steps[] = {LONG_MAX, 0, 1, 3};
    uint8_t byte = take_byte(input);
    struct client *client = &world->clients[byte % CLIENTS];

    world->in_place = byte & IN_PLACE;
    world->steps = steps[byte >> LIMIT_SHIFT];
    if (client->leaves)
        leave(world, client);
    else
        run_event(world, client, byte >> STEP_SHIFT & (STEPS - 1), input);
    if (!has_few_steps(world))
        send_releases(world);
    take_ready(world);
}

static void must_wait_as_it_knows(const struct world *world)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct client *client = &world->clients[i];
        const struct waiter *waiter = &client->session.waiter;

        MUST(
            client->leaves ||
            client->waits == (waiter_is_waiting(waiter) || list_is_linked(&waiter->released)));
    }
}

/* Returns whether a client went on. */
static bool finish_some(struct world *world)
{
    bool goes_on = false;

    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &world->clients[i];

        if (client->leaves)
            leave(world, client);
        else if (client->session.stop == STOP_TURN_OVER || session_must_go_on(&client->session))
            go_on(world, client);
        else
            continue;
        goes_on = true;
    }
    return goes_on;
}

/* Every request that has arrived ends. */
static void finish_all(struct world *world)
{
    world->steps = LONG_MAX;
    while (finish_some(world))
        send_releases(world);
    send_releases(world);
    for (size_t i = 0; i < CLIENTS; i++)
        MUST(world->clients[i].session.stop == STOP_NEEDS_BYTES);
}

static void run_steps(struct world *world, struct span *input)
{
    for (size_t i = 0; i < CLIENTS; i++)
        client_init(world, &world->clients[i]);
    while (input->len > 0) {
        run_step(world, input);
        must_wait_as_it_knows(world);
    }
    finish_all(world);
    for (size_t i = 0; i < CLIENTS; i++)
        leave(world, &world->clients[i]);
    MUST(world->engine.store.keys.table.promised == 0);
}

static void read_record(struct world *world)
{
    static uint8_t file[FILE_HEAD + RECORD_MIN];
    size_t len = record_copy_all(&world->record, 0, 0, file);
    struct record_reader reader;
    struct record_entry entry;
    int status;

    MUST(record_reader_init(&reader, span_of(file, len)) == 0);
    while ((status = record_read(&reader, &entry)) > 0)
        continue;
    MUST(status == 0);
    MUST(reader.next == world->record.next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key hash_key = {{1, 2, 3}};
    static struct world world;
    static uint8_t recorded[RECORD_MIN];
    struct span input = span_of(data, size);

    arena_init(&world.arena, &world.memory, take_byte(&input));
    outbox_init(&world.replies, &world.memory, FILL_SIZE, HARD_CAP);
    effects_init(&world.effects, &world.replies);
    if (engine_init(&world.engine, &world.memory, &world.memory, &hash_key, &limits) == 0) {
        record_init(&world.record, recorded, sizeof(recorded));
        world.engine.record = &world.record;
        run_steps(&world, &input);
        read_record(&world);
        engine_done(&world.engine);
    }
    outbox_done(&world.replies);
    memory_give_back(&world.memory, SIZE_MAX);
    MUST(world.memory.used == 0);
    MUST(world.arena.blocks == 0);
    return 0;
}
