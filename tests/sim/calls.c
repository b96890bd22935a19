#include "sim/calls.h"

#include <inttypes.h>
#include <limits.h>

#include "base/container.h"
#include "engine/dispatch.h"
#include "sim/check.h"
#include "sim/line_check.h"
#include "sim/releases.h"

enum {
    CUT_ONE_IN = 4,
    REFUSED_ONE_IN = 32,
    DEFERRED_ONE_IN = 8,
    DEFERRED_STEPS = 8, /* at most */
    WITHDRAWN_ONE_IN = 16,
    PUT_OFF_ONE_IN = 16,
    TAKE_LATER_ONE_IN = 4,
};

/* How the next bytes of a pipeline arrive. */
struct delivery {
    size_t len;
    bool in_place; /* received into the session's room, if it has any */
    bool put_off;  /* the replies are read later */
};

/* Notes which requests are done. Those in line do not get here. */
static int execute(struct execution *execution, struct client *client)
{
    const struct waiter *waiter = &execution->session->waiter;
    bool waits = waiter_is_waiting(waiter);
    int code = dispatch(execution);

    if (waits && !waiter_is_waiting(waiter) && client->freed_by == 0)
        client->freed_by = client->executed + 1;
    client->cancels = code == STOP_TURN_OVER && execution->request.opcode == WIRE_CANCEL_WAIT;
    client->executed += code == 0;
    return code;
}

/* In this call. The engine executes VALIDATE itself. */
static void note_validate(struct client *client)
{
    if (client->validates && client->session.validated) {
        client->executed++;
        client->validates = false;
    }
}

int call_execute(struct execution *execution)
{
    struct client *client = CONTAINER_OF(execution->session, struct client, session);
    uint64_t now = execution->effects->now;

    note_validate(client);
    if (client->defer > 0 && client->session.unfinished == NULL && --client->defer == 0) {
        client->answer_at = now + 1 + random_mix(now) % DEFERRED_STEPS;
        client->defers_to_turn = now % 2 == 0;
    }
    if (client->answer_at > now) {
        client->deferred = true;
        return client->defers_to_turn ? STOP_TURN_OVER : STOP_PENDING;
    }
    client->answer_at = 0;
    return client->withdrawn ? TCPSTORE_ECANCELED : execute(execution, client);
}

static long choose_steps(struct simulation *simulation)
{
    static const long steps[] = {0, 1, 2, 2, 3, 5, 50, LONG_MAX};

    return simulation->finishes ? 1 : steps[random_below(&simulation->random, 8)];
}

static void begin_call(struct simulation *simulation, struct client *client)
{
    simulation->effects.now = simulation->now;
    simulation->steps = choose_steps(simulation);
    simulation->effects.steps = simulation->steps;
    line_before_call(simulation, client);
    client->executed = 0;
    client->freed_by = 0;
    client->deferred = false;
    client->cancels = false;
    client->validates = !client->session.validated;
    if (simulation->verbose && simulation->effects.steps < LONG_MAX)
        printf("  at most %ld steps\n", simulation->effects.steps);
}

/* Sometimes the outbox has no memory, and an allocation in the next calls is refused. */
static void refuse_memory(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    uint32_t number;

    if (!random_one_in(random, REFUSED_ONE_IN))
        return;
    number = 1 + random_below(random, random_below(random, 8) + 1);
    outbox_done(&simulation->outbox);
    allocator_refuse(&simulation->allocator, number);
    if (simulation->verbose)
        printf("  allocation %" PRIu32 " is refused\n", number);
}

static void send_release(struct simulation *simulation, uint32_t number)
{
    struct outbox *outbox = &simulation->outbox;

    if (engine_reply_released(outbox)) {
        if (!allocator_has_refused(&simulation->allocator))
            complain(simulation, number, "has no reply to its release");
        call_leave(simulation, number);
    } else if (
        outbox->bytes != 1 || *outbox->pieces[outbox->first].span.bytes != WIRE_STOP_WAITING) {
        complain(simulation, number, "has a reply to its release other than STOP_WAITING");
    }
    outbox_clear(outbox);
}

void call_send_releases(struct simulation *simulation, uint32_t count)
{
    uint32_t number;

    while (count-- > 0 && releases_take(simulation, &number))
        send_release(simulation, number);
}

static void end_call(struct simulation *simulation)
{
    releases_check(simulation);
    line_take_ready(simulation);
    line_check(simulation);
    if (!random_one_in(&simulation->random, TAKE_LATER_ONE_IN))
        call_send_releases(simulation, UINT32_MAX);
}

/* Without steps it keeps its place, unless others have done all that was left of its request.
 */
static bool is_in_line(
    const struct simulation *simulation, const struct client *client, enum stop stop)
{
    bool keeps_place = client->in_line && simulation->steps <= 0 && client->executed == 0;

    return (stop == STOP_PENDING || keeps_place) && !client->deferred;
}

/* Compares what the session has done. Returns whether the client is still connected. */
static bool apply(struct simulation *simulation, uint32_t number, enum stop stop, bool put_off)
{
    struct client *client = &simulation->clients[number];
    struct outcome outcome = {
        .client = number,
        .pipeline = client->pipeline,
        .stop = stop,
        .effects = &simulation->effects,
    };

    note_validate(client);
    check_take_replies(simulation, put_off);
    check_outcome(simulation, &outcome);
    line_set(simulation, client, is_in_line(simulation, client, stop));
    line_take_ready(simulation);
    if (stop == STOP_REFUSED)
        call_leave(simulation, number);
    else
        end_call(simulation);
    return client->connected && !client->leaves;
}

static void begin_to_leave(struct simulation *simulation, uint32_t number)
{
    struct client *client = &simulation->clients[number];

    simulation->tally.lost++;
    simulation->tally.cancelled += simulation->model.clients[number].missing > 0;
    model_leave(&simulation->model, number);
    if (client->late)
        releases_end_late(simulation, number);
    line_set(simulation, client, false);
    client->listed = 0;
    if (client->pipeline != NULL)
        pipeline_pool_give(&simulation->pipelines, client->pipeline);
    client->pipeline = NULL;
    client->leaves = true;
}

void call_leave(struct simulation *simulation, uint32_t number)
{
    struct client *client = &simulation->clients[number];

    if (simulation->verbose)
        printf(
            "step %" PRIu64 " client %" PRIu32 " %s\n", simulation->step, number,
            client->leaves ? "goes on leaving" : "leaves");
    if (!client->leaves)
        begin_to_leave(simulation, number);
    begin_call(simulation, client);
    if (engine_leave(&simulation->engine, &client->session, &simulation->effects)) {
        buffer_free(&client->rest);
        *client = (struct client){.connected = false};
    } else {
        simulation->tally.slices++;
    }
    if (simulation->outbox.bytes > 0)
        complain(simulation, number, "has a reply to a lost connection");
    end_call(simulation);
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

static void print_delivery(
    const struct simulation *simulation, uint32_t client, const struct delivery *delivery)
{
    const struct pipeline *pipeline = simulation->clients[client].pipeline;

    printf(
        "step %" PRIu64 " client %" PRIu32 ": %zu of %zu bytes have arrived%s",
        simulation->step, client, pipeline->arrived + delivery->len, pipeline->bytes.len,
        delivery->in_place ? " in place" : "");
    if (simulation->clients[client].defer > 0)
        printf(", request %" PRIu32 " is answered later", simulation->clients[client].defer);
    printf("\n");
}

static struct pipeline *new_pipeline(struct simulation *simulation, uint32_t client)
{
    struct pipeline *pipeline = pipeline_pool_take(&simulation->pipelines);

    pipeline->count =
        generate(&simulation->generator, client, &simulation->random, pipeline->commands);
    pipeline_encode(pipeline, &simulation->dataset);
    if (simulation->verbose)
        print_pipeline(simulation, client, pipeline);
    return pipeline;
}

static void finish_pipeline(struct simulation *simulation, struct client *client)
{
    if (client->pipeline == NULL || client->pipeline->done < client->pipeline->count)
        return;
    pipeline_pool_give(&simulation->pipelines, client->pipeline);
    client->pipeline = NULL;
}

/* Receives as much as the session has room for. Returns the number of bytes. */
static size_t receive_in_place(
    struct simulation *simulation, uint32_t number, const struct delivery *delivery,
    struct span bytes)
{
    struct client *client = &simulation->clients[number];
    struct room room = session_room(&simulation->engine, &client->session);
    size_t len = room.len < bytes.len ? room.len : bytes.len;
    enum stop stop;

    if (room.bytes == NULL)
        return 0;
    begin_call(simulation, client);
    span_copy(room.bytes, span_of(bytes.bytes, len));
    client->pipeline->arrived += len;
    stop = session_received(&simulation->engine, &client->session, len, &simulation->effects);
    return apply(simulation, number, stop, delivery->put_off) ? len : bytes.len;
}

/* Puts `bytes` in the record if it has room, whatever was wasted in it before. Returns where
 * they are. */
static struct span put_in_record(
    struct simulation *simulation, const struct client *client, struct span bytes)
{
    struct room room;

    simulation->record.room_end = simulation->record.last;
    room = record_room(&simulation->record);
    if (room.len < bytes.len || !input_is_empty(&client->session.input))
        return bytes;
    span_copy(room.bytes, bytes);
    return span_of(room.bytes, bytes.len);
}

static void receive(
    struct simulation *simulation, uint32_t number, const struct delivery *delivery,
    struct span bytes)
{
    struct client *client = &simulation->clients[number];
    enum stop before, stop;

    if (delivery->in_place)
        bytes = span_from(bytes, receive_in_place(simulation, number, delivery, bytes));
    while (bytes.len > 0 && client->connected && !client->leaves) {
        struct span fed = delivery->in_place ? put_in_record(simulation, client, bytes) : bytes;

        before = client->session.stop;
        begin_call(simulation, client);
        stop = session_feed(&simulation->engine, &client->session, fed, &simulation->effects);
        simulation->bytes_left = simulation->effects.left;
        client->pipeline->arrived += bytes.len - simulation->bytes_left;
        bytes = span_last(bytes, simulation->bytes_left);
        if (before == STOP_NEEDS_BYTES || stop == STOP_REFUSED)
            apply(simulation, number, stop, delivery->put_off);
        else
            check_kept(simulation, number, before, stop);
        simulation->bytes_left = 0;
    }
}

static struct delivery plan(struct simulation *simulation, const struct client *client)
{
    struct random *random = &simulation->random;
    size_t left = client->pipeline->bytes.len - client->pipeline->arrived;
    struct delivery delivery = {.len = left};

    if (random_one_in(random, CUT_ONE_IN)) {
        delivery.len = 1 + random_below(random, (uint32_t)left);
        simulation->tally.cut += delivery.len < left;
    }
    delivery.in_place = random_one_in(random, 2);
    delivery.put_off = random_one_in(random, PUT_OFF_ONE_IN);
    return delivery;
}

/* Only a client that has no deferred request. */
static void plan_to_defer(struct simulation *simulation, struct client *client)
{
    if (client->answer_at == 0 && random_one_in(&simulation->random, DEFERRED_ONE_IN))
        client->defer = 1 + random_below(&simulation->random, client->pipeline->count);
}

/* Overwrites the bytes afterwards: the engine has only borrowed them. */
void call_deliver(struct simulation *simulation, uint32_t number)
{
    struct client *client = &simulation->clients[number];
    struct delivery delivery;
    uint8_t *bytes;

    if (!client->connected)
        engine_enter(&client->session, &simulation->memory);
    client->connected = true;
    if (client->pipeline == NULL)
        client->pipeline = new_pipeline(simulation, number);
    bytes = client->pipeline->bytes.bytes + client->pipeline->arrived;
    delivery = plan(simulation, client);
    plan_to_defer(simulation, client);
    if (simulation->verbose)
        print_delivery(simulation, number, &delivery);
    if (!delivery.put_off)
        refuse_memory(simulation);
    receive(simulation, number, &delivery, span_of(bytes, delivery.len));
    allocator_refuse_none(&simulation->allocator);
    memset(bytes, 0xdd, delivery.len);
    client->defer = 0;
    finish_pipeline(simulation, client);
}

void call_continue(struct simulation *simulation, uint32_t number)
{
    struct client *client = &simulation->clients[number];
    enum stop stop;

    if (client->answer_at > 0 && client->session.stop == STOP_PENDING)
        client->withdrawn = random_one_in(&simulation->random, WITHDRAWN_ONE_IN);
    if (simulation->verbose)
        printf(
            "step %" PRIu64 " client %" PRIu32 " continues%s\n", simulation->step, number,
            client->withdrawn ? ", its request is withdrawn" : "");
    refuse_memory(simulation);
    begin_call(simulation, client);
    client->ready = client->ready && simulation->steps <= 0;
    stop = session_continue(&simulation->engine, &client->session, &simulation->effects);
    apply(simulation, number, stop, false);
    allocator_refuse_none(&simulation->allocator);
    client->withdrawn = false;
    finish_pipeline(simulation, client);
}
