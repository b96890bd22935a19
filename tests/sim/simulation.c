#include "sim/simulation.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/container.h"
#include "sim/allocate.h"
#include "sim/check.h"

enum {
    FEW_NAMES = 1000,
    TIDE_STEPS = 32,       /* for each name there is, until it turns */
    CLIENTS_PER_NAME = 16, /* where there are more */
    REPLY_BYTES = 4096,    /* the engine's limit */
    SMALL_FILL = 64,       /* of the outbox: many replies need an allocation */
    LARGE_FILL = 8192,     /* of every other seed: it is used again and again */
    LOST_ONE_IN = 256,     /* steps */
    CUT_ONE_IN = 4,
    REFUSED_ONE_IN = 32,
    ASIDE_ONE_IN = 8,
    PUT_OFF_ONE_IN = 16,
    READ_ONE_IN = 16,
    READ_MAX = 20000, /* bytes of the backlog at a time */
    LARGE = 1024,     /* bytes that are more often put aside */
};

/* How the next bytes of a pipeline arrive. */
struct delivery {
    uint32_t client;
    size_t len;
    uint32_t refused; /* allocation, from 1; 0: none */
    bool aside;       /* all of them are kept before one is handled */
    bool in_place;    /* those of an unfinished request are received to where it is kept */
    bool put_off;     /* the replies */
};

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
    };

    allocator_init(&simulation->allocator, &simulation->memory);
    outbox_init(
        &simulation->outbox, &simulation->memory,
        simulation->seed % 2 == 1 ? SMALL_FILL : LARGE_FILL, SIZE_MAX / 2);
    backlog_init(&simulation->backlog, &simulation->memory);
    if (engine_init(&simulation->engine, &simulation->memory, &hash_key, &limits))
        complain(simulation, 0, "the engine does not start");
}

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool tells)
{
    *simulation =
        (struct simulation){.seed = seed, .client_count = client_count, .tells = tells};
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

    simulation->tally.lost++;
    simulation->tally.cancelled += simulation->model.clients[number].missing > 0;
    engine_leave(&simulation->engine, &client->session);
    input_release(&client->input);
    model_leave(&simulation->model, number);
    if (client->pipeline != NULL)
        pipeline_pool_give(&simulation->pipelines, client->pipeline);
    *client = (struct client){.connected = false};
}

static void tell_pipeline(const struct simulation *simulation, uint32_t client)
{
    const struct pipeline *pipeline = simulation->clients[client].pipeline;

    printf("step %" PRIu64 " client %" PRIu32 " says ", simulation->step, client);
    for (uint32_t i = 0; i < pipeline->count; i++) {
        command_print(&pipeline->commands[i], stdout);
        printf("%s", i + 1 < pipeline->count ? "; " : "\n");
    }
}

static void tell_delivery(const struct simulation *simulation, const struct delivery *delivery)
{
    const struct pipeline *pipeline = simulation->clients[delivery->client].pipeline;

    printf(
        "step %" PRIu64 " client %" PRIu32 " has %zu of %zu bytes arrive%s", simulation->step,
        delivery->client, pipeline->arrived + delivery->len, pipeline->bytes.len,
        delivery->aside      ? " and are put aside"
        : delivery->in_place ? " in place"
                             : "");
    if (delivery->refused > 0)
        printf(", allocation %" PRIu32 " is refused", delivery->refused);
    printf("\n");
}

static void say_something(struct simulation *simulation, uint32_t client, struct random *random)
{
    struct pipeline *pipeline = pipeline_pool_take(&simulation->pipelines);

    pipeline->count = generate(&simulation->generator, client, random, pipeline->commands);
    pipeline_encode(pipeline, &simulation->dataset);
    simulation->clients[client].pipeline = pipeline;
    if (simulation->tells)
        tell_pipeline(simulation, client);
}

static struct session *session_of(struct simulation *simulation, uint32_t client)
{
    return &simulation->clients[client].session;
}

/* Whoever was released is told; where memory is refused for that, it is lost. */
static void tell_released(struct simulation *simulation, struct effects *effects)
{
    const struct client_list *released = &simulation->answer.released;
    struct session *session;
    size_t told = 0;

    while ((session = engine_take_released(effects)) != NULL) {
        struct client *client = CONTAINER_OF(session, struct client, session);
        uint32_t number = (uint32_t)(client - simulation->clients);

        if (told == released->count || released->clients[told] != number)
            complain(simulation, number, "is released out of turn");
        told++;
        simulation->checksum = random_mix(simulation->checksum ^ number);
        if (engine_reply_released(&simulation->outbox)) {
            if (!allocator_has_refused(&simulation->allocator))
                complain(simulation, number, "is not told of its release");
            leave(simulation, number);
        } else if (
            simulation->outbox.bytes != 1 ||
            *simulation->outbox.pieces[simulation->outbox.first].span.bytes !=
                WIRE_STOP_WAITING) {
            complain(simulation, number, "is told something else than STOP_WAITING");
        }
        outbox_clear(&simulation->outbox);
    }
    if (told < released->count)
        complain(simulation, released->clients[told], "waits on, though it is released");
    simulation->tally.released += told;
}

/* Shows the engine what has arrived, as often as it takes some of it. Returns how many bytes
 * that were; the client may be lost then. */
static size_t handle(
    struct simulation *simulation, const struct delivery *delivery, struct slice bytes)
{
    uint32_t client = delivery->client;
    struct pipeline *pipeline = simulation->clients[client].pipeline;
    struct slice rest = bytes;
    bool is_over;
    size_t consumed;

    do {
        struct effects effects;
        struct outcome outcome = {.client = client, .pipeline = pipeline, .effects = &effects};

        consumed = 0;
        effects_init(&effects, &simulation->outbox);
        outcome.code = engine_receive(
            &simulation->engine, session_of(simulation, client), rest, &effects, &consumed);
        outcome.consumed = consumed;
        check_take_replies(simulation, delivery->put_off);
        is_over = check_outcome(simulation, &outcome);
        tell_released(simulation, &effects);
        rest.span = span_from(rest.span, consumed);
    } while (!is_over && consumed > 0 && rest.span.len > 0);
    if (is_over)
        leave(simulation, client);
    return bytes.span.len - rest.span.len;
}

/* For what it has sent there is no memory. */
static void turn_out(struct simulation *simulation, uint32_t client)
{
    if (!allocator_has_refused(&simulation->allocator))
        complain(simulation, client, "is refused memory that is there");
    leave(simulation, client);
}

static void handle_input(struct simulation *simulation, const struct delivery *delivery)
{
    struct client *client = &simulation->clients[delivery->client];
    size_t handled = handle(simulation, delivery, input_slice(&client->input));

    if (client->connected &&
        input_consume(
            &client->input, &simulation->memory, session_needs(&client->session), handled))
        turn_out(simulation, delivery->client);
}

/* One more read of an unfinished request. */
static int take_more(
    struct simulation *simulation, const struct delivery *delivery, struct span *bytes)
{
    struct client *client = &simulation->clients[delivery->client];
    size_t needs = session_needs(&client->session);
    uint8_t *target;
    size_t len;

    if (!delivery->in_place)
        return input_complete(&client->input, &simulation->memory, needs, bytes);
    target = input_room(&client->input, &simulation->memory, needs, &len);
    if (target == NULL)
        return TCPSTORE_ENOMEM;
    if (len > bytes->len)
        len = bytes->len;
    span_copy(target, span_of(bytes->bytes, len));
    client->input.len += len;
    *bytes = span_from(*bytes, len);
    return 0;
}

/* As a connection that may handle what it reads. */
static void receive(
    struct simulation *simulation, const struct delivery *delivery, struct span bytes)
{
    struct client *client = &simulation->clients[delivery->client];
    struct pipeline *pipeline = client->pipeline;

    while (client->connected && !input_is_empty(&client->input) && bytes.len > 0) {
        size_t len = bytes.len;

        if (take_more(simulation, delivery, &bytes)) {
            turn_out(simulation, delivery->client);
            return;
        }
        pipeline->arrived += len - bytes.len;
        handle_input(simulation, delivery);
    }
    if (client->connected && bytes.len > 0) {
        pipeline->arrived += bytes.len;
        bytes = span_from(bytes, handle(simulation, delivery, slice_borrowed(bytes)));
    }
    if (client->connected && bytes.len > 0 &&
        input_append(
            &client->input, &simulation->memory, session_needs(&client->session), bytes))
        turn_out(simulation, delivery->client);
}

/* As one that may not, and then it may. */
static void receive_aside(
    struct simulation *simulation, const struct delivery *delivery, struct span bytes)
{
    struct client *client = &simulation->clients[delivery->client];

    if (input_append(
            &client->input, &simulation->memory, session_needs(&client->session), bytes)) {
        turn_out(simulation, delivery->client);
        return;
    }
    client->pipeline->arrived += bytes.len;
    handle_input(simulation, delivery);
}

/* What was only lent to the engine changes then. */
static void deliver(struct simulation *simulation, const struct delivery *delivery)
{
    struct client *client = &simulation->clients[delivery->client];
    struct pipeline *pipeline = client->pipeline;
    uint8_t *bytes = pipeline->bytes.bytes + pipeline->arrived;

    if (simulation->tells)
        tell_delivery(simulation, delivery);
    if (delivery->refused > 0) {
        outbox_done(&simulation->outbox);
        allocator_refuse(&simulation->allocator, delivery->refused);
    }
    if (delivery->aside)
        receive_aside(simulation, delivery, span_of(bytes, delivery->len));
    else
        receive(simulation, delivery, span_of(bytes, delivery->len));
    allocator_refuse_none(&simulation->allocator);
    memset(bytes, 0xdd, delivery->len);
    if (client->pipeline != NULL && pipeline->done == pipeline->count) {
        pipeline_pool_give(&simulation->pipelines, pipeline);
        client->pipeline = NULL;
    }
}

/* Where memory is to be refused, no more arrives than the end of one request, so that it is
 * known which one it was. */
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
    if (random_one_in(random, REFUSED_ONE_IN)) {
        size_t whole = pipeline->ends[pipeline->done] - pipeline->arrived;

        delivery.refused = 1 + random_below(random, random_below(random, 8) + 1);
        if (delivery.len > whole)
            delivery.len = whole;
    }
    delivery.put_off = delivery.refused == 0 && random_one_in(random, PUT_OFF_ONE_IN);
    delivery.aside = random_one_in(random, delivery.len > LARGE ? 2 : ASIDE_ONE_IN);
    delivery.in_place = random_one_in(random, 2);
    return delivery;
}

void simulation_step(struct simulation *simulation, uint64_t step)
{
    struct random random = random_of(simulation->seed, step);
    uint32_t client = random_below(&random, simulation->client_count);
    struct client *chosen = &simulation->clients[client];
    struct delivery delivery;

    simulation->step = step;
    simulation->generator.shrinks = step / TIDE_STEPS / simulation->dataset.name_count % 2;
    if (random_one_in(&random, READ_ONE_IN))
        check_backlog(simulation, random_below(&random, READ_MAX));
    if (chosen->connected && random_one_in(&random, LOST_ONE_IN)) {
        if (simulation->tells)
            printf("step %" PRIu64 " client %" PRIu32 " is lost\n", step, client);
        leave(simulation, client);
        return;
    }
    chosen->connected = true;
    if (chosen->pipeline == NULL)
        say_something(simulation, client, &random);
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
