/*
 * Clients of an engine, without sockets: what they send, in which pieces, when they leave, when
 * they stop reading and which allocation is refused is for the input to say. Nobody is
 * released who does not wait, and when all have left all memory is back.
 *
 * The input: a byte, the number of the allocation to refuse; then steps, each a byte that says
 * what happens to whom, and what belongs to it.
 */
#include "engine/engine.h"

#include "base/container.h"
#include "fuzz/arena.h"
#include "fuzz/target.h"

enum {
    CLIENTS = 4, /* bits 0 and 1 of a step */
    STEP_SHIFT = 2,
    STEPS = 8,

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
    .reply_bytes = 1024,
};

struct client {
    struct session session;
    bool waits;
    bool stalls;
    struct blob *input; /* an unfinished request, or what came while it did not read; or NULL */
    size_t input_len;
    struct outbox backlog; /* what it has not read */
};

struct world {
    struct arena arena;
    struct memory memory;
    struct engine engine;
    struct outbox replies;
    struct client clients[CLIENTS];
};

static void client_init(struct world *world, struct client *client)
{
    *client = (struct client){0};
    outbox_init(&client->backlog, &world->memory, FILL_SIZE, HARD_CAP);
}

static void leave(struct world *world, struct client *client)
{
    engine_leave(&world->engine, &client->session);
    outbox_done(&client->backlog);
    blob_release(client->input);
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

static void tell_released(struct world *world, struct effects *effects)
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

/* Returns how many bytes were handled; more than there are: the client is gone. */
static size_t handle(struct world *world, struct client *client, struct slice bytes)
{
    struct slice rest = bytes;
    size_t consumed;

    do {
        struct effects effects;
        bool stays;
        int code;

        consumed = 0;
        effects_init(&effects, &world->replies);
        code = engine_receive(&world->engine, &client->session, rest, &effects, &consumed);
        MUST(consumed <= rest.span.len);
        MUST(code == 0 || (consumed == 0 && effects.refusal.code == code));
        client->waits = waiter_is_waiting(&client->session.waiter);
        rest.span = span_from(rest.span, consumed);
        stays = pass_on(world, client);
        tell_released(world, &effects);
        if (code && stays)
            leave(world, client);
        if (code || !stays)
            return SIZE_MAX;
    } while (consumed > 0 && rest.span.len > 0 && !is_paused(client));
    MUST(
        rest.span.len == 0 || is_paused(client) ||
        session_needs(&client->session) > rest.span.len);
    return bytes.span.len - rest.span.len;
}

/* To what is unfinished; exactly as large as it must be, so that its end is guarded. */
static void keep(struct world *world, struct client *client, struct span bytes)
{
    size_t len = client->input_len + bytes.len;
    struct blob *grown =
        client->input == NULL ? blob_new(&world->memory, len) : blob_resize(client->input, len);

    if (grown == NULL) {
        leave(world, client);
        return;
    }
    span_copy(grown->bytes + client->input_len, bytes);
    client->input = grown;
    client->input_len = len;
}

static void handle_input(struct world *world, struct client *client)
{
    struct blob *input = client->input;
    struct span bytes = span_of(input->bytes, client->input_len);
    size_t handled = handle(world, client, (struct slice){.span = bytes, .blob = input});

    if (handled == 0 || handled > bytes.len)
        return;
    client->input = NULL;
    client->input_len = 0;
    if (handled < bytes.len)
        keep(world, client, span_from(bytes, handled));
    blob_release(input);
}

/* What is kept can be added to only if no value has a share of it: then it was handled. */
static void receive(struct world *world, struct client *client, struct span bytes)
{
    size_t handled;

    if (client->input != NULL || is_paused(client)) {
        keep(world, client, bytes);
        if (client->input != NULL && !is_paused(client))
            handle_input(world, client);
        return;
    }
    handled = handle(world, client, slice_borrowed(bytes));
    if (handled < bytes.len)
        keep(world, client, span_from(bytes, handled));
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
    client->stalls = false;
    read_all(&client->backlog);
    if (client->input != NULL)
        handle_input(world, client);
}

static void run_step(struct world *world, struct span *input)
{
    uint8_t byte = take_byte(input);
    struct client *client = &world->clients[byte % CLIENTS];

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
    if (engine_init(&world.engine, &world.memory, &hash_key, &limits) == 0) {
        run_steps(&world, &input);
        engine_done(&world.engine);
    }
    outbox_done(&world.replies);
    MUST(world.memory.used == 0);
    MUST(world.arena.blocks == 0);
    return 0;
}
