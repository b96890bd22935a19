#include "sim/simulation.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/container.h"
#include "engine/dispatch.h"
#include "sim/allocate.h"
#include "sim/check.h"

enum {
    FEW_NAMES = 1000,
    PHASE_STEPS = 32,      /* for each name, until the store grows or shrinks instead */
    CLIENTS_PER_NAME = 16, /* for names beyond FEW_NAMES */
    REPLY_BYTES = 4096,    /* the engine's limit */
    SMALL_FILL = 64,       /* block size of the outbox: many replies need an allocation */
    LARGE_FILL = 8192,     /* for even seeds: blocks are reused */
    LOST_ONE_IN = 256,     /* steps */
    CUT_ONE_IN = 4,
    REFUSED_ONE_IN = 32,
    DEFERRED_ONE_IN = 8,
    DEFERRED_STEPS = 8, /* at most */
    WITHDRAWN_ONE_IN = 16,
    CONTINUE_ONE_IN = 2,
    PUT_OFF_ONE_IN = 16,
    READ_ONE_IN = 16,
    READ_MAX = 20000, /* bytes of the backlog at a time */
};

/* How the next bytes of a pipeline arrive. */
struct delivery {
    uint32_t client;
    size_t len;
    uint32_t refused; /* number of the allocation to refuse, from 1; 0: none */
    uint32_t defer;   /* see struct client */
    bool in_place;    /* received into the session's room, if it has any */
    bool put_off;     /* the replies are read later */
};

/* Some requests are not done until a later step: pending, or in another turn. */
static int execute_or_defer(struct execution *execution)
{
    struct client *client = CONTAINER_OF(execution->session, struct client, session);

    if (client->defer > 0 && --client->defer == 0) {
        client->answer_at =
            execution->effects->now + 1 + random_mix(execution->effects->now) % DEFERRED_STEPS;
        client->defers_to_turn = execution->effects->now % 2 == 0;
    }
    if (client->answer_at > execution->effects->now)
        return client->defers_to_turn ? STOP_TURN_OVER : STOP_PENDING;
    client->answer_at = 0;
    return client->withdrawn ? TCPSTORE_ECANCELED : dispatch(execution);
}

static void start_engine(struct simulation *simulation)
{
    const struct hash_key hash_key = {
        {random_mix(simulation->seed), random_mix(simulation->seed + 1), ~simulation->seed}};
    const struct engine_limits limits = {
        .wire =
            {.key_bytes = NAME_BYTES,
             .value_bytes = VALUE_BYTES,
             .keys_per_request = COMMAND_NAMES},
        .queue_entries = QUEUE_ENTRIES,
        .appended_bytes = APPENDED_BYTES,
        .reply_bytes = REPLY_BYTES,
        .room_bytes = 1,
        .items_at_once = COMMAND_NAMES,
    };

    allocator_init(&simulation->allocator, &simulation->memory);
    outbox_init(
        &simulation->outbox, &simulation->memory,
        simulation->seed % 2 == 1 ? SMALL_FILL : LARGE_FILL, SIZE_MAX / 2);
    backlog_init(&simulation->backlog, &simulation->memory);
    if (engine_init(&simulation->engine, &simulation->memory, &hash_key, &limits))
        complain(simulation, 0, "the engine does not start");
    engine_execute_with(&simulation->engine, execute_or_defer);
}

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool verbose)
{
    *simulation =
        (struct simulation){.seed = seed, .client_count = client_count, .verbose = verbose};
    dataset_init(&simulation->dataset, FEW_NAMES + client_count / CLIENTS_PER_NAME);
    model_init(&simulation->model, simulation->dataset.name_count, client_count);
    simulation->generator =
        (struct generator){.dataset = &simulation->dataset, .model = &simulation->model};
    simulation->clients = allocate(client_count, sizeof(*simulation->clients));
    start_engine(simulation);
}

static void leave(struct simulation *simulation, uint32_t number)
{
    struct client *client = &simulation->clients[number];
    struct effects effects;

    simulation->tally.lost++;
    simulation->tally.cancelled += simulation->model.clients[number].missing > 0;
    effects_init(&effects, &simulation->outbox);
    engine_leave(&simulation->engine, &client->session, &effects);
    model_leave(&simulation->model, number);
    if (client->pipeline != NULL)
        pipeline_pool_give(&simulation->pipelines, client->pipeline);
    *client = (struct client){.connected = false};
}

static void print_pipeline(
    const struct simulation *simulation, uint32_t client, const struct pipeline *pipeline)
{
    printf("step %" PRIu64 " client %" PRIu32 " sends ", simulation->step, client);
    for (uint32_t i = 0; i < pipeline->count; i++) {
        command_print(&pipeline->commands[i], stdout);
        printf("%s", i + 1 < pipeline->count ? "; " : "\n");
    }
}

static void print_delivery(const struct simulation *simulation, const struct delivery *delivery)
{
    const struct pipeline *pipeline = simulation->clients[delivery->client].pipeline;

    printf(
        "step %" PRIu64 " client %" PRIu32 ": %zu of %zu bytes have arrived%s",
        simulation->step, delivery->client, pipeline->arrived + delivery->len,
        pipeline->bytes.len, delivery->in_place ? " in place" : "");
    if (delivery->defer > 0)
        printf(", request %" PRIu32 " is answered later", delivery->defer);
    if (delivery->refused > 0)
        printf(", allocation %" PRIu32 " is refused", delivery->refused);
    printf("\n");
}

static struct pipeline *new_pipeline(
    struct simulation *simulation, uint32_t client, struct random *random)
{
    struct pipeline *pipeline = pipeline_pool_take(&simulation->pipelines);

    pipeline->count = generate(&simulation->generator, client, random, pipeline->commands);
    pipeline_encode(pipeline, &simulation->dataset);
    if (simulation->verbose)
        print_pipeline(simulation, client, pipeline);
    return pipeline;
}

/* Replies to released clients, and disconnects those for which memory is refused. */
static void reply_released(struct simulation *simulation, struct effects *effects)
{
    const struct client_list *released = &simulation->answer.released;
    struct session *session;
    size_t count = 0;

    while ((session = engine_take_released(effects)) != NULL) {
        struct client *client = CONTAINER_OF(session, struct client, session);
        uint32_t number = (uint32_t)(client - simulation->clients);

        if (count == released->count || released->clients[count] != number)
            complain(simulation, number, "is released out of order");
        count++;
        simulation->checksum = random_mix(simulation->checksum ^ number);
        if (engine_reply_released(&simulation->outbox)) {
            if (!allocator_has_refused(&simulation->allocator))
                complain(simulation, number, "has no reply to its release");
            leave(simulation, number);
        } else if (
            simulation->outbox.bytes != 1 ||
            *simulation->outbox.pieces[simulation->outbox.first].span.bytes !=
                WIRE_STOP_WAITING) {
            complain(simulation, number, "has a reply to its release other than STOP_WAITING");
        }
        outbox_clear(&simulation->outbox);
    }
    if (count < released->count)
        complain(
            simulation, released->clients[count], "still waits, but the model releases it");
    simulation->tally.released += count;
}

static void begin_effects(struct simulation *simulation, struct effects *ret_effects)
{
    effects_init(ret_effects, &simulation->outbox);
    ret_effects->now = simulation->step;
}

/* Compares what the session has done. Returns whether the client is still connected. */
static bool apply(
    struct simulation *simulation, uint32_t number, enum stop stop, struct effects *effects,
    bool put_off)
{
    struct client *client = &simulation->clients[number];
    struct outcome outcome = {
        .client = number, .pipeline = client->pipeline, .stop = stop, .effects = effects};

    check_take_replies(simulation, put_off);
    check_outcome(simulation, &outcome);
    reply_released(simulation, effects);
    if (stop == STOP_REFUSED)
        leave(simulation, number);
    return client->connected;
}

/* Receives as much as the session has room for. Returns the number of bytes. */
static size_t receive_in_place(
    struct simulation *simulation, const struct delivery *delivery, struct span bytes)
{
    struct client *client = &simulation->clients[delivery->client];
    struct room room = session_room(&simulation->engine, &client->session);
    struct effects effects;
    size_t len = room.len < bytes.len ? room.len : bytes.len;
    enum stop stop;

    if (room.bytes == NULL)
        return 0;
    begin_effects(simulation, &effects);
    span_copy(room.bytes, span_of(bytes.bytes, len));
    client->pipeline->arrived += len;
    stop = session_received(&simulation->engine, &client->session, len, &effects);
    return apply(simulation, delivery->client, stop, &effects, delivery->put_off) ? len
                                                                                  : bytes.len;
}

static void receive(
    struct simulation *simulation, const struct delivery *delivery, struct span bytes)
{
    struct client *client = &simulation->clients[delivery->client];
    struct effects effects;
    enum stop before, stop;

    if (delivery->in_place)
        bytes = span_from(bytes, receive_in_place(simulation, delivery, bytes));
    if (bytes.len == 0)
        return;
    client->pipeline->arrived += bytes.len;
    before = client->session.stop;
    begin_effects(simulation, &effects);
    stop = session_feed(&simulation->engine, &client->session, bytes, &effects);
    if (before == STOP_NEEDS_BYTES || stop == STOP_REFUSED)
        apply(simulation, delivery->client, stop, &effects, delivery->put_off);
    else
        check_kept(simulation, delivery->client, before, stop);
}

static void finish_pipeline(struct simulation *simulation, struct client *client)
{
    if (client->pipeline == NULL || client->pipeline->done < client->pipeline->count)
        return;
    pipeline_pool_give(&simulation->pipelines, client->pipeline);
    client->pipeline = NULL;
}

/* Overwrites the bytes afterwards: the engine has only borrowed them. */
static void deliver(struct simulation *simulation, const struct delivery *delivery)
{
    struct client *client = &simulation->clients[delivery->client];
    uint8_t *bytes = client->pipeline->bytes.bytes + client->pipeline->arrived;

    if (simulation->verbose)
        print_delivery(simulation, delivery);
    if (delivery->refused > 0) {
        outbox_done(&simulation->outbox);
        allocator_refuse(&simulation->allocator, delivery->refused);
    }
    client->defer = client->answer_at > 0 ? 0 : delivery->defer;
    receive(simulation, delivery, span_of(bytes, delivery->len));
    allocator_refuse_none(&simulation->allocator);
    memset(bytes, 0xdd, delivery->len);
    client->defer = 0;
    finish_pipeline(simulation, client);
}

/* Continues after a turn, or a pending request, even before that can be answered. */
static void continue_session(
    struct simulation *simulation, uint32_t number, struct random *random)
{
    struct client *client = &simulation->clients[number];
    struct effects effects;
    enum stop stop;

    if (client->session.stop == STOP_PENDING)
        client->withdrawn = random_one_in(random, WITHDRAWN_ONE_IN);
    if (simulation->verbose)
        printf(
            "step %" PRIu64 " client %" PRIu32 " continues%s\n", simulation->step, number,
            client->withdrawn ? ", its request is withdrawn" : "");
    begin_effects(simulation, &effects);
    stop = session_continue(&simulation->engine, &client->session, &effects);
    apply(simulation, number, stop, &effects, false);
    client->withdrawn = false;
    finish_pipeline(simulation, client);
}

/* If memory is to be refused, no more than the end of one request arrives, so that it is known
 * which request had to have no effect. */
static struct delivery plan(
    struct simulation *simulation, uint32_t client, struct random *random)
{
    const struct pipeline *pipeline = simulation->clients[client].pipeline;
    size_t left = pipeline->bytes.len - pipeline->arrived;
    struct delivery delivery = {.client = client, .len = left};

    if (random_one_in(random, CUT_ONE_IN)) {
        delivery.len = 1 + random_below(random, (uint32_t)left);
        simulation->tally.cut += delivery.len < left;
    }
    if (pipeline->ends[pipeline->done] > pipeline->arrived &&
        random_one_in(random, REFUSED_ONE_IN)) {
        size_t whole = pipeline->ends[pipeline->done] - pipeline->arrived;

        delivery.refused = 1 + random_below(random, random_below(random, 8) + 1);
        if (delivery.len > whole)
            delivery.len = whole;
    }
    delivery.put_off = delivery.refused == 0 && random_one_in(random, PUT_OFF_ONE_IN);
    if (random_one_in(random, DEFERRED_ONE_IN))
        delivery.defer = 1 + random_below(random, pipeline->count);
    delivery.in_place = random_one_in(random, 2);
    return delivery;
}

static void connect(struct simulation *simulation, struct client *client)
{
    engine_enter(&client->session, &simulation->memory);
    client->connected = true;
}

/* Otherwise more bytes arrive before the session continues. */
static bool continues_now(const struct client *client, struct random *random)
{
    if (client->session.stop == STOP_NEEDS_BYTES || client->pipeline == NULL)
        return false;
    return client->pipeline->arrived == client->pipeline->bytes.len ||
           random_one_in(random, CONTINUE_ONE_IN);
}

void simulation_step(struct simulation *simulation, uint64_t step)
{
    struct random random = random_of(simulation->seed, step);
    uint32_t client = random_below(&random, simulation->client_count);
    struct client *chosen = &simulation->clients[client];
    struct delivery delivery;

    simulation->step = step;
    simulation->generator.shrinks = step / PHASE_STEPS / simulation->dataset.name_count % 2;
    if (random_one_in(&random, READ_ONE_IN))
        check_backlog(simulation, random_below(&random, READ_MAX));
    if (chosen->connected && random_one_in(&random, LOST_ONE_IN)) {
        if (simulation->verbose)
            printf("step %" PRIu64 " client %" PRIu32 " is lost\n", step, client);
        leave(simulation, client);
        return;
    }
    if (!chosen->connected)
        connect(simulation, chosen);
    if (continues_now(chosen, &random)) {
        continue_session(simulation, client, &random);
        return;
    }
    if (chosen->pipeline == NULL)
        chosen->pipeline = new_pipeline(simulation, client, &random);
    delivery = plan(simulation, client, &random);
    deliver(simulation, &delivery);
}

void simulation_done(struct simulation *simulation)
{
    check_store(simulation);
    for (uint32_t i = 0; i < simulation->client_count; i++) {
        if (simulation->clients[i].connected)
            leave(simulation, i);
    }
    check_store(simulation);
    check_backlog(simulation, SIZE_MAX / 2);
    backlog_done(&simulation->backlog);
    outbox_done(&simulation->outbox);
    engine_done(&simulation->engine);
    check_memory(simulation);
    pipeline_pool_done(&simulation->pipelines);
    buffer_free(&simulation->replies);
    buffer_free(&simulation->answer.reply);
    client_list_done(&simulation->answer.released);
    free(simulation->clients);
    model_done(&simulation->model);
    dataset_done(&simulation->dataset);
}
