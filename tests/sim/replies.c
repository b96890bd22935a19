#include "sim/replies.h"

#include <inttypes.h>

#include "engine/unfinished.h"
#include "sim/releases.h"

static struct client *client_of(struct simulation *simulation, const struct outcome *outcome)
{
    return &simulation->clients[outcome->client];
}

static const struct command *front_of(const struct outcome *outcome)
{
    return &outcome->pipeline->commands[outcome->pipeline->done];
}

static struct span replies_from(const struct simulation *simulation, size_t at)
{
    return span_from(buffer_span(&simulation->replies), at);
}

/* STOP_WAITING must be at the offset `at`. Returns the offset after it. */
static size_t compare_release(
    struct simulation *simulation, const struct outcome *outcome, size_t at)
{
    struct span rest = replies_from(simulation, at);

    if (rest.len == 0 || rest.bytes[0] != WIRE_STOP_WAITING)
        complain(simulation, outcome->client, "has no reply to its release");
    return at + 1;
}

/* The release of the client that was not sent before. */
static size_t compare_listed(
    struct simulation *simulation, const struct outcome *outcome, size_t at)
{
    struct client *client = client_of(simulation, outcome);

    if (client->listed == 0 || client->rest.len > 0)
        return at;
    client->listed = 0;
    return compare_release(simulation, outcome, at);
}

/* The request of that number may have released its own client, later than the model. */
static size_t compare_late(
    struct simulation *simulation, const struct outcome *outcome, uint32_t number, size_t at)
{
    const struct client *client = client_of(simulation, outcome);

    if (!client->late || client->freed_by != number)
        return at;
    releases_end_late(simulation, outcome->client);
    return compare_release(simulation, outcome, at);
}

/* Whether the request at the front, which has many names, takes turns. */
static bool takes_turns(const struct simulation *simulation, const struct outcome *outcome)
{
    const struct engine_limits *limits = &simulation->engine.limits;
    const struct pipeline *pipeline = outcome->pipeline;
    size_t len = pipeline->ends[pipeline->done] - pipeline_start(pipeline);

    return pipeline->commands[pipeline->done].count > 1 &&
           (pipeline->commands[pipeline->done].count > limits->items_at_once ||
            len > limits->bytes_at_once);
}

static void count_end_of_wait(
    struct simulation *simulation, enum wire_opcode opcode, bool waited)
{
    if (!waited)
        return;
    if (opcode == WIRE_CANCEL_WAIT)
        simulation->tally.cancelled++;
    else
        simulation->tally.self_released++;
}

/* From the first turn of CANCEL_WAIT on, the wait cannot be released. */
static void begin_to_cancel(struct simulation *simulation, uint32_t client)
{
    count_end_of_wait(
        simulation, WIRE_CANCEL_WAIT, simulation->model.clients[client].missing > 0);
    model_cancel_wait(&simulation->model, client);
}

/* Executes the command at the front in the model. */
static void execute(struct simulation *simulation, const struct outcome *outcome)
{
    const struct command *command = front_of(outcome);
    struct model_client *client = &simulation->model.clients[outcome->client];
    bool waited = client->missing > 0 && !client->looks;

    simulation->answer.code = 0;
    simulation->answer.lists_keys = false;
    simulation->answer.reply.len = 0;
    if (command->opcode == WIRE_MULTI_SET &&
        (takes_turns(simulation, outcome) ||
         unfinished_has_moment(&simulation->clients[outcome->client].session)))
        releases_begin_moment(simulation, command);
    model_execute(&simulation->model, outcome->client, command, &simulation->answer);
    releases_expect(simulation);
    count_end_of_wait(simulation, command->opcode, waited && client->missing == 0);
}

/* The model's answer must be at the offset `at`. */
static size_t compare_answer(
    struct simulation *simulation, const struct outcome *outcome, size_t at)
{
    const struct answer *answer = &simulation->answer;
    struct span rest = replies_from(simulation, at);
    size_t len = answer->reply.len;

    if (rest.len < len || !span_equal(span_of(rest.bytes, len), buffer_span(&answer->reply)))
        complain(
            simulation, outcome->client, "%s: the reply differs from the model's %zu bytes",
            command_operation(front_of(outcome)), len);
    if (!answer->lists_keys)
        return at + len;
    len = listing_len(
        listings_find(&simulation->model.listings, outcome->client), &simulation->dataset,
        rest);
    if (len == LISTING_WRONG)
        complain(simulation, outcome->client, "LIST_KEYS lists other keys than the model");
    listings_end(&simulation->model.listings, outcome->client);
    return at + len;
}

/* As many of the next bytes as the replies have must equal the rest of the answer that the
 * model gave earlier; all, if it `is_done`. */
static size_t compare_rest(
    struct simulation *simulation, const struct outcome *outcome, bool is_done, size_t at)
{
    struct client *client = client_of(simulation, outcome);
    struct span expected = span_from(buffer_span(&client->rest), client->rest_sent);
    struct span actual = replies_from(simulation, at);
    size_t len = actual.len < expected.len ? actual.len : expected.len;

    if ((is_done && len < expected.len) ||
        !span_equal(span_of(actual.bytes, len), span_of(expected.bytes, len)))
        complain(
            simulation, outcome->client, "%s: %zu bytes differ from the model's of its moment",
            command_operation(front_of(outcome)), expected.len);
    client->rest_sent += len;
    if (is_done) {
        client->rest.len = 0;
        client->rest_sent = 0;
    }
    return at + len;
}

/* Whether a WAIT in turns, which the model has answered, still waits for a key of a MULTI_SET
 * that has not settled. Then it is the last request that is executed. */
static bool is_late_wait(
    const struct simulation *simulation, const struct outcome *outcome, bool is_last)
{
    const struct session *session = &simulation->clients[outcome->client].session;

    return is_last && front_of(outcome)->opcode == WIRE_WAIT && session->unfinished == NULL &&
           simulation->answer.reply.len > 0 && waiter_is_waiting(&session->waiter) &&
           releases_may_be_late(simulation, outcome->client);
}

static size_t compare_done(
    struct simulation *simulation, const struct outcome *outcome, bool is_last, size_t at)
{
    struct client *client = client_of(simulation, outcome);

    if (client->has_begun) {
        client->has_begun = false;
        return compare_rest(simulation, outcome, true, at);
    }
    execute(simulation, outcome);
    if (simulation->answer.code != 0)
        complain(
            simulation, outcome->client, "%s is executed, but the model refuses it with %s",
            command_operation(front_of(outcome)), tcpstore_error_name(simulation->answer.code));
    if (is_late_wait(simulation, outcome, is_last)) {
        releases_expect_late(simulation, outcome->client);
        return at;
    }
    return compare_answer(simulation, outcome, at);
}

/* The MULTI_GET or MULTI_SET at the front has had its moment. */
static void begin_front(struct simulation *simulation, const struct outcome *outcome)
{
    struct client *client = client_of(simulation, outcome);

    client->has_begun = true;
    simulation->refused_before_moment = simulation->allocator.refused;
    execute(simulation, outcome);
    if (front_of(outcome)->opcode == WIRE_MULTI_GET)
        buffer_add(&client->rest, buffer_span(&simulation->answer.reply));
    else if (simulation->answer.reply.len > 0)
        releases_expect_late(simulation, outcome->client);
}

/* The model looks at the names that the engine has looked at. */
static void look(
    struct simulation *simulation, const struct outcome *outcome, uint64_t names_left)
{
    const struct model_client *client = &simulation->model.clients[outcome->client];
    const struct command *command = front_of(outcome);
    long before = client->looks ? (long)client->looked_at : 0;

    simulation->answer.code = 0;
    model_look(
        &simulation->model, outcome->client, command, command->count - (uint32_t)names_left,
        &simulation->answer);
    if (simulation->answer.code != 0)
        complain(simulation, outcome->client, "a second wait is not refused");
    if ((long)client->looked_at - before > simulation->steps)
        complain(simulation, outcome->client, "looks at too many names in a turn");
    if (command->opcode == WIRE_CHECK && client->lacks)
        complain(simulation, outcome->client, "CHECK goes on after a missing key");
}

/* The request at the front has begun, but is not done. */
static size_t compare_front(
    struct simulation *simulation, const struct outcome *outcome, size_t at)
{
    struct client *client = client_of(simulation, outcome);
    const struct unfinished *unfinished = client->session.unfinished;

    switch (front_of(outcome)->opcode) {
    case WIRE_CHECK:
    case WIRE_WAIT:
        if (outcome->stop != STOP_REFUSED)
            look(simulation, outcome, unfinished->left & ~UNFINISHED_ITEMS);
        return at;
    case WIRE_LIST_KEYS:
        if (unfinished->listing != NULL &&
            listings_find(&simulation->model.listings, outcome->client) == NULL) {
            model_begin_listing(&simulation->model, outcome->client);
            simulation->tally.listings++;
        }
        return at;
    case WIRE_APPEND: /* it copies the value first */
        return at;
    case WIRE_MULTI_GET:
    case WIRE_MULTI_SET:
        if (unfinished->has_moment && !client->has_begun)
            begin_front(simulation, outcome);
        return at;
    default:
        complain(
            simulation, outcome->client, "%s takes turns",
            command_operation(front_of(outcome)));
    }
}

static size_t compare_next(
    struct simulation *simulation, const struct outcome *outcome, bool is_last, size_t at)
{
    struct pipeline *pipeline = outcome->pipeline;

    if (!pipeline_next_has_arrived(pipeline))
        complain(simulation, outcome->client, "a request is executed before it has arrived");
    at = compare_done(simulation, outcome, is_last, at);
    at = compare_listed(simulation, outcome, at);
    pipeline->done++;
    simulation->tally.operations++;
    return at;
}

struct compared compare_replies(struct simulation *simulation, const struct outcome *outcome)
{
    struct client *client = client_of(simulation, outcome);
    struct compared compared = {.begun_with = 0};

    compared.len = compare_listed(simulation, outcome, 0);
    for (uint32_t i = 1; i <= client->executed; i++) {
        compared.begun_with = compared.len;
        compared.len = compare_late(simulation, outcome, i, compared.len);
        compared.len = compare_next(simulation, outcome, i == client->executed, compared.len);
    }
    if (client->cancels)
        begin_to_cancel(simulation, outcome->client);
    if (client->session.unfinished == NULL)
        return compared;
    if (!pipeline_next_has_arrived(outcome->pipeline))
        complain(simulation, outcome->client, "a request begins before it has arrived");
    compared.len = compare_front(simulation, outcome, compared.len);
    compared.len = compare_late(simulation, outcome, client->executed + 1, compared.len);
    if (client->rest.len > 0)
        compared.len = compare_rest(simulation, outcome, false, compared.len);
    return compared;
}

int refuse_next(struct simulation *simulation, const struct outcome *outcome)
{
    execute(simulation, outcome);
    outcome->pipeline->done++;
    simulation->tally.operations++;
    return simulation->answer.code;
}
