#include "sim/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/container.h"
#include "sim/listing.h"

/* _exit, so that LeakSanitizer reports nothing on top of the failure. */
void complain(const struct simulation *simulation, uint32_t client, const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(
        stderr, "simulate: step %" PRIu64 ", client %" PRIu32 ": ", simulation->step, client);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    _exit(1);
}

static const char *operation_of(const struct command *command)
{
    return command->damage == DAMAGE_NONE ? wire_opcode_name((uint8_t)command->opcode)
                                          : "a damaged request";
}

static void add_to_checksum(struct simulation *simulation, struct span bytes)
{
    uint64_t sum = simulation->checksum ^ bytes.len;
    size_t i = 0;

    for (; i + 8 <= bytes.len; i += 8)
        sum = (sum ^ bytes_get_u64(bytes.bytes + i)) * 0x9e3779b97f4a7c15;
    for (; i < bytes.len; i++)
        sum = (sum ^ bytes.bytes[i]) * 0x9e3779b97f4a7c15;
    simulation->checksum = random_mix(sum);
}

void check_take_replies(struct simulation *simulation, bool put_off)
{
    struct outbox *outbox = &simulation->outbox;

    simulation->replies.len = 0;
    for (size_t i = outbox->first; i < outbox->end; i++)
        buffer_add(&simulation->replies, outbox->pieces[i].span);
    if (simulation->replies.len != outbox->bytes)
        complain(
            simulation, 0, "an outbox of %zu bytes has pieces of %zu", outbox->bytes,
            simulation->replies.len);
    add_to_checksum(simulation, buffer_span(&simulation->replies));
    if (put_off)
        backlog_add(&simulation->backlog, outbox, buffer_span(&simulation->replies));
    else
        outbox_consume(outbox, outbox->bytes);
    outbox_clear(outbox);
}

void check_backlog(struct simulation *simulation, size_t len)
{
    if (!backlog_read(&simulation->backlog, len))
        complain(simulation, 0, "a reply has changed since it was made");
}

/* The replies at the offset `at` must be the answer to the command. Returns the offset after
 * it. */
static size_t check_reply(
    struct simulation *simulation, uint32_t client, const struct command *command, size_t at)
{
    const struct answer *answer = &simulation->answer;
    struct span rest = span_from(buffer_span(&simulation->replies), at);
    size_t len = answer->reply.len;

    if (rest.len < len || !span_equal(span_of(rest.bytes, len), buffer_span(&answer->reply)))
        complain(
            simulation, client, "%s: the reply differs from the model's %zu bytes",
            operation_of(command), len);
    if (answer->lists_keys) {
        size_t listed =
            listing_len(&simulation->model, &simulation->dataset, span_from(rest, len));

        if (listed == LISTING_WRONG)
            complain(simulation, client, "LIST_KEYS lists other keys than the model");
        len += listed;
    }
    return at + len;
}

static int code_of(const struct outcome *outcome)
{
    return outcome->stop == STOP_REFUSED ? outcome->effects->refusal.code : 0;
}

static void check_refusal(
    struct simulation *simulation, const struct outcome *outcome, const struct command *command)
{
    if (code_of(outcome) != simulation->answer.code)
        complain(
            simulation, outcome->client, "%s: the engine returns %s, the model %s",
            operation_of(command), tcpstore_error_name(code_of(outcome)),
            tcpstore_error_name(simulation->answer.code));
}

/* Executes the next command in the model. */
static const struct command *advance(
    struct simulation *simulation, const struct outcome *outcome)
{
    struct pipeline *pipeline = outcome->pipeline;
    const struct command *command = &pipeline->commands[pipeline->done++];
    struct model_client *client = &simulation->model.clients[outcome->client];
    bool waited = client->missing > 0;

    simulation->answer.code = 0;
    simulation->answer.lists_keys = false;
    simulation->answer.reply.len = 0;
    model_execute(&simulation->model, outcome->client, command, &simulation->answer);
    simulation->tally.operations++;
    if (waited && client->missing == 0) {
        if (command->opcode == WIRE_CANCEL_WAIT)
            simulation->tally.cancelled++;
        else
            simulation->tally.self_released++;
    }
    return command;
}

static bool next_has_arrived(const struct pipeline *pipeline)
{
    return pipeline->done < pipeline->count &&
           pipeline->ends[pipeline->done] <= pipeline->arrived;
}

/* The next request must be incomplete, and session_needs a lower bound on its size. */
static void check_needs(struct simulation *simulation, const struct outcome *outcome)
{
    const struct pipeline *pipeline = outcome->pipeline;
    const struct session *session = &simulation->clients[outcome->client].session;
    size_t start = pipeline_start(pipeline);
    size_t left = pipeline->arrived - start;
    size_t needs = session_needs(session);

    if (next_has_arrived(pipeline))
        complain(simulation, outcome->client, "a complete request was not executed");
    if (left == 0 || pipeline->commands[pipeline->done].damage != DAMAGE_NONE)
        return;
    if (needs <= left || needs > pipeline->ends[pipeline->done] - start)
        complain(
            simulation, outcome->client, "%s has %zu bytes, but session_needs returns %zu",
            operation_of(&pipeline->commands[pipeline->done]),
            pipeline->ends[pipeline->done] - start, needs);
}

static void check_stop(
    struct simulation *simulation, const struct outcome *outcome, size_t begun_with)
{
    const struct client *client = &simulation->clients[outcome->client];
    size_t limit = simulation->engine.limits.reply_bytes;

    if (begun_with > limit)
        complain(
            simulation, outcome->client, "a request starts after %zu bytes of replies",
            begun_with);
    if (outcome->stop == STOP_NEEDS_BYTES)
        check_needs(simulation, outcome);
    if (client->answer_at > 0) {
        if (outcome->stop != (client->defers_to_turn ? STOP_TURN_OVER : STOP_PENDING))
            complain(simulation, outcome->client, "the session does not stop as its request");
        return;
    }
    if (outcome->stop == STOP_PENDING)
        complain(simulation, outcome->client, "the session is pending, but no request is");
    if (outcome->stop == STOP_TURN_OVER && simulation->replies.len <= limit &&
        !allocator_has_refused(&simulation->allocator))
        complain(simulation, outcome->client, "the turn ends early");
}

/* The offset after the last executed request. */
static size_t executed_end(const struct simulation *simulation, const struct outcome *outcome)
{
    return outcome->pipeline->arrived - simulation->clients[outcome->client].session.input.len;
}

static void check_executed(struct simulation *simulation, const struct outcome *outcome)
{
    struct pipeline *pipeline = outcome->pipeline;
    size_t end = executed_end(simulation, outcome);
    size_t at = 0;
    size_t begun_with = 0;

    while (pipeline->done < pipeline->count && pipeline->ends[pipeline->done] <= end) {
        const struct command *command = advance(simulation, outcome);

        check_refusal(simulation, outcome, command);
        begun_with = at;
        at = check_reply(simulation, outcome->client, command, at);
    }
    if (pipeline_start(pipeline) != end)
        complain(
            simulation, outcome->client,
            "the %zu bytes left of %zu do not begin with a request", pipeline->arrived - end,
            pipeline->arrived);
    if (at != simulation->replies.len)
        complain(
            simulation, outcome->client, "%zu bytes of replies, %zu by the model",
            simulation->replies.len, at);
    check_stop(simulation, outcome, begun_with);
}

/* The engine must refuse the same command as the model, and execute those before it. */
static void check_refused(struct simulation *simulation, const struct outcome *outcome)
{
    const struct command *command = NULL;
    size_t at = 0;

    simulation->answer.code = 0;
    while (simulation->answer.code == 0 && next_has_arrived(outcome->pipeline)) {
        command = advance(simulation, outcome);
        at = check_reply(simulation, outcome->client, command, at);
    }
    if (simulation->answer.code == 0)
        complain(
            simulation, outcome->client, "the engine returns %s for a valid request",
            tcpstore_error_name(code_of(outcome)));
    check_refusal(simulation, outcome, command);
    if (at != simulation->replies.len)
        complain(simulation, outcome->client, "a refused request has a reply");
    simulation->tally.wrong++;
}

/* The next command, which may be incomplete, must have had no effect. */
static void check_unchanged(struct simulation *simulation, const struct outcome *outcome)
{
    const struct pipeline *pipeline = outcome->pipeline;
    const struct command *command = &pipeline->commands[pipeline->done];

    if (!list_is_empty(&outcome->effects->released.waiters) ||
        outcome->effects->released.own_released)
        complain(simulation, outcome->client, "a request without effect releases a client");
    for (uint32_t i = 0; i < command->count; i++)
        check_name(simulation, command->names[i]);
}

static bool is_lack_of_memory(
    const struct simulation *simulation, const struct outcome *outcome)
{
    return code_of(outcome) == TCPSTORE_ENOMEM && allocator_has_refused(&simulation->allocator);
}

static bool is_for_receiving(const struct outcome *outcome)
{
    return strcmp(outcome->effects->refusal.operation, "receive") == 0;
}

static void check_out_of_memory(struct simulation *simulation, const struct outcome *outcome)
{
    check_unchanged(simulation, outcome);
    if (is_for_receiving(outcome))
        return;
    if (!next_has_arrived(outcome->pipeline))
        complain(simulation, outcome->client, "an incomplete request is out of memory");
    simulation->tally.operations++;
}

static void check_withdrawn(struct simulation *simulation, const struct outcome *outcome)
{
    if (simulation->replies.len > 0)
        complain(simulation, outcome->client, "a withdrawn request has a reply");
    simulation->tally.withdrawn++;
    check_unchanged(simulation, outcome);
}

void check_outcome(struct simulation *simulation, const struct outcome *outcome)
{
    simulation->answer.released.count = 0;
    simulation->tally.pending += outcome->stop == STOP_PENDING;
    if (outcome->stop != STOP_REFUSED)
        check_executed(simulation, outcome);
    else if (is_lack_of_memory(simulation, outcome))
        check_out_of_memory(simulation, outcome);
    else if (simulation->clients[outcome->client].withdrawn)
        check_withdrawn(simulation, outcome);
    else
        check_refused(simulation, outcome);
}

void check_kept(
    struct simulation *simulation, uint32_t number, enum stop before, enum stop stop)
{
    const struct client *client = &simulation->clients[number];

    if (stop != before)
        complain(simulation, number, "session_feed changes why the session has stopped");
    if (simulation->outbox.bytes > 0)
        complain(simulation, number, "session_feed executes a request of a stopped session");
    if (pipeline_start(client->pipeline) + client->session.input.len !=
        client->pipeline->arrived)
        complain(simulation, number, "session_feed does not keep all bytes");
}

void check_name(struct simulation *simulation, uint32_t number)
{
    const struct model_name *name = &simulation->model.names[number];
    struct span bytes = simulation->dataset.names[number];
    struct store *store = &simulation->engine.store;
    struct name hashed = store_name(store, bytes);
    struct slice front = {.blob = NULL};
    bool is_there = *keys_find(&store->keys, hashed) != NULL;

    if (is_there != name->is_key)
        complain(
            simulation, 0, "key #%" PRIu32 " %s", number,
            is_there ? "exists" : "does not exist");
    if (is_there && !span_equal(store_get(store, hashed).span, buffer_span(&name->value)))
        complain(simulation, 0, "key #%" PRIu32 " has another value", number);
    if (store_queue_front(store, hashed, &front) != name->length)
        complain(simulation, 0, "queue #%" PRIu32 " has another length", number);
    if (name->length > 0 && !span_equal(front.span, buffer_span(&name->entries[0])))
        complain(simulation, 0, "queue #%" PRIu32 " has another oldest entry", number);
}

void check_store(struct simulation *simulation)
{
    for (uint32_t name = 0; name < simulation->dataset.name_count; name++)
        check_name(simulation, name);
    if (store_count(&simulation->engine.store) != simulation->model.keys)
        complain(
            simulation, 0, "the store counts %zu keys, the model %" PRIu64,
            store_count(&simulation->engine.store), simulation->model.keys);
}

void check_memory(struct simulation *simulation)
{
    if (simulation->memory.used != 0 || simulation->allocator.blocks != 0)
        complain(
            simulation, 0,
            "%zu bytes are charged and %zu blocks allocated after everything was freed",
            simulation->memory.used, simulation->allocator.blocks);
}
