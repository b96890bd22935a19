#include "sim/simulation.h"

#include <stdlib.h>

#include "base/container.h"
#include "sim/allocate.h"
#include "sim/calls.h"
#include "sim/check.h"
#include "sim/engine_start.h"
#include "sim/finish.h"
#include "sim/record_check.h"
#include "sim/releases.h"
#include "sim/restore.h"

enum {
    FEW_NAMES = 1000,
    FEWER_NAMES = 50,      /* for some seeds: lists of keys are short and frequent */
    PHASE_STEPS = 32,      /* for each name, until the store grows or shrinks instead */
    CLIENTS_PER_NAME = 16, /* for names beyond FEW_NAMES */
    SMALL_FILL = 64,       /* block size of the outbox: many replies need an allocation */
    LARGE_FILL = 8192,     /* for even seeds: blocks are reused */
    LOST_ONE_IN = 256,     /* steps */
    CONTINUE_ONE_IN = 2,
    FIRST_ONE_IN = 8, /* the client that others in line wait for */
    TOO_EARLY_ONE_IN = 4,
    READ_ONE_IN = 16,
    READ_MAX = 1000, /* bytes of the backlog at a time */
    TAKE_ONE_IN = 8,
    RESTORE_ONE_IN = 2000, /* steps, and for each client one more */
};

static void start_engine(struct simulation *simulation)
{
    allocator_init(&simulation->allocator, &simulation->memory);
    outbox_init(
        &simulation->outbox, &simulation->memory,
        simulation->seed % 2 == 1 ? SMALL_FILL : LARGE_FILL, SIZE_MAX / 2);
    backlog_init(&simulation->backlog, &simulation->memory);
    effects_init(&simulation->effects, &simulation->outbox);
    record_init(&simulation->record, simulation->recorded, sizeof(simulation->recorded));
    engine_start(simulation);
}

static uint32_t name_count(uint64_t seed, uint32_t client_count)
{
    return (seed / ENGINE_VARIANTS % 2 == 1 ? FEWER_NAMES : FEW_NAMES) +
           client_count / CLIENTS_PER_NAME;
}

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool verbose)
{
    *simulation =
        (struct simulation){.seed = seed, .client_count = client_count, .verbose = verbose};
    dataset_init(&simulation->dataset, name_count(seed, client_count));
    model_init(&simulation->model, simulation->dataset.name_count, client_count);
    simulation->generator =
        (struct generator){.dataset = &simulation->dataset, .model = &simulation->model};
    simulation->clients = allocate(client_count, sizeof(*simulation->clients));
    start_engine(simulation);
}

static uint32_t choose_client(struct simulation *simulation)
{
    const struct place *first = simulation->engine.line.first;
    uint32_t client = random_below(&simulation->random, simulation->client_count);

    if (first != NULL && random_one_in(&simulation->random, FIRST_ONE_IN))
        return (
            uint32_t)(CONTAINER_OF(first, struct client, session.place) - simulation->clients);
    if (client_must_wait(&simulation->clients[client]) &&
        !random_one_in(&simulation->random, TOO_EARLY_ONE_IN))
        return random_below(&simulation->random, simulation->client_count);
    return client;
}

/* Otherwise more bytes arrive before the session continues. */
static bool continues_now(struct simulation *simulation, const struct client *client)
{
    if (client->session.stop == STOP_NEEDS_BYTES || client->pipeline == NULL)
        return false;
    return client->pipeline->arrived == client->pipeline->bytes.len ||
           random_one_in(&simulation->random, CONTINUE_ONE_IN);
}

void simulation_step(struct simulation *simulation, uint64_t step)
{
    struct random *random = &simulation->random;
    struct client *chosen;
    uint32_t client;

    simulation->step = step;
    simulation->now++;
    *random = random_of(simulation->seed, step);
    simulation->generator.shrinks = step / PHASE_STEPS / simulation->dataset.name_count % 2;
    if (random_one_in(random, RESTORE_ONE_IN + simulation->client_count))
        restore_engine(simulation);
    if (random_one_in(random, READ_ONE_IN))
        check_backlog(simulation, random_below(random, READ_MAX));
    if (random_one_in(random, TAKE_ONE_IN))
        call_send_releases(simulation, random_below(random, TAKE_MAX));
    client = choose_client(simulation);
    chosen = &simulation->clients[client];
    if (chosen->leaves || (chosen->connected && random_one_in(random, LOST_ONE_IN)))
        call_leave(simulation, client);
    else if (continues_now(simulation, chosen))
        call_continue(simulation, client);
    else
        call_deliver(simulation, client);
}

static void leave_all(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->client_count; i++) {
        while (simulation->clients[i].connected)
            call_leave(simulation, i);
    }
}

void simulation_done(struct simulation *simulation)
{
    finish_requests(simulation);
    check_store(simulation);
    leave_all(simulation);
    check_store(simulation);
    record_check(simulation);
    check_backlog(simulation, SIZE_MAX / 2);
    backlog_done(&simulation->backlog);
    outbox_done(&simulation->outbox);
    engine_done(&simulation->engine);
    check_memory(simulation);
    pipeline_pool_done(&simulation->pipelines);
    buffer_free(&simulation->replies);
    buffer_free(&simulation->answer.reply);
    client_list_done(&simulation->answer.released);
    client_list_done(&simulation->releases.expected);
    free(simulation->clients);
    model_done(&simulation->model);
    dataset_done(&simulation->dataset);
}
