#include "sim/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/container.h"
#include "sim/replies.h"

enum {
    STEPS_OF_A_NAME = 3 + 2 * VALUE_BYTES / 1024 /* at most: its value is read and copied */
};

/* Differs between most messages. */
static int exit_status(const char *format)
{
    uint64_t sum = 0;

    for (; *format != '\0'; format++)
        sum = random_mix(sum + (uint8_t)*format);
    return 2 + (int)(sum % 100);
}

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
    _exit(exit_status(format));
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

static int code_of(const struct outcome *outcome)
{
    return outcome->stop == STOP_REFUSED ? outcome->effects->refusal.code : 0;
}

static bool operation_is(const struct outcome *outcome, const char *operation)
{
    return strcmp(outcome->effects->refusal.operation, operation) == 0;
}

/* The next request must be incomplete, and session_needs a lower bound on its size. */
static void check_needs(struct simulation *simulation, const struct outcome *outcome)
{
    const struct pipeline *pipeline = outcome->pipeline;
    const struct session *session = &simulation->clients[outcome->client].session;
    size_t start = pipeline_start(pipeline);
    size_t left = pipeline->arrived - start;
    size_t needs = session_needs(session);

    if (pipeline_next_has_arrived(pipeline))
        complain(simulation, outcome->client, "a complete request was not executed");
    if (left == 0 || pipeline->commands[pipeline->done].damage != DAMAGE_NONE)
        return;
    if (needs <= left || needs > pipeline->ends[pipeline->done] - start)
        complain(
            simulation, outcome->client, "%s has %zu bytes, but session_needs returns %zu",
            command_operation(&pipeline->commands[pipeline->done]),
            pipeline->ends[pipeline->done] - start, needs);
}

/* An APPEND that would move a long value waits for a turn with more steps. */
static bool is_long_append(const struct simulation *simulation, const struct outcome *outcome)
{
    return outcome->pipeline->commands[outcome->pipeline->done].opcode == WIRE_APPEND &&
           simulation->clients[outcome->client].session.unfinished != NULL;
}

/* A turn ends at a limit, or if memory for a reply is refused that may be there in the next. */
static bool turn_is_over(const struct simulation *simulation, const struct outcome *outcome)
{
    return is_long_append(simulation, outcome) || outcome->effects->steps <= 0 ||
           simulation->replies.len > simulation->engine.limits.reply_bytes ||
           (simulation->replies.len > 0 &&
            simulation->clients[outcome->client].session.unfinished != NULL) ||
           allocator_has_refused(&simulation->allocator);
}

/* Another client's request of many keys is in progress, or before it in line. */
static bool may_wait_in_line(const struct simulation *simulation, const struct outcome *outcome)
{
    const struct command *command = &outcome->pipeline->commands[outcome->pipeline->done];
    const struct client *client = &simulation->clients[outcome->client];

    if (client->session.place.is_first)
        return false;
    if (command->opcode == WIRE_APPEND && client->session.unfinished != NULL)
        return true;
    if (command->opcode == WIRE_WAIT && command->count >= simulation->engine.limits.query_keys)
        return true;
    if (command->opcode == WIRE_MULTI_GET || command->opcode == WIRE_MULTI_SET)
        return client->session.unfinished != NULL || client->late ||
               simulation->model.clients[outcome->client].missing > 0;
    return simulation->engine.store.moment.phase == MOMENT_SETTLING &&
           (client->late || simulation->model.clients[outcome->client].missing > 0 ||
            command->opcode == WIRE_QUEUE_PUSH || command->opcode == WIRE_GETNUMKEYS ||
            command->opcode == WIRE_LIST_KEYS || command->opcode == WIRE_CANCEL_WAIT);
}

/* The session has not kept all bytes: the caller feeds them again once there is memory. */
static void check_left(struct simulation *simulation, const struct outcome *outcome)
{
    if (outcome->stop != STOP_NEEDS_BYTES || simulation->replies.len == 0 ||
        !allocator_has_refused(&simulation->allocator))
        complain(simulation, outcome->client, "%zu bytes are not kept", simulation->bytes_left);
}

static void check_stop(struct simulation *simulation, const struct outcome *outcome)
{
    const struct client *client = &simulation->clients[outcome->client];

    if (outcome->stop == STOP_NEEDS_BYTES)
        check_needs(simulation, outcome);
    if (simulation->bytes_left > 0) {
        check_left(simulation, outcome);
        return;
    }
    if (client->deferred) {
        if (outcome->stop != (client->defers_to_turn ? STOP_TURN_OVER : STOP_PENDING))
            complain(simulation, outcome->client, "the session does not stop as its request");
        return;
    }
    if (outcome->stop == STOP_PENDING && !may_wait_in_line(simulation, outcome))
        complain(simulation, outcome->client, "the session is pending, but no request is");
    if (outcome->stop == STOP_TURN_OVER && !turn_is_over(simulation, outcome))
        complain(simulation, outcome->client, "the turn ends early");
}

/* The offset after the last executed request. */
static size_t executed_end(const struct simulation *simulation, const struct outcome *outcome)
{
    return outcome->pipeline->arrived - simulation->clients[outcome->client].session.input.len;
}

static void check_executed(struct simulation *simulation, const struct outcome *outcome)
{
    size_t limit = simulation->engine.limits.reply_bytes;
    struct compared compared = compare_replies(simulation, outcome);
    size_t end = executed_end(simulation, outcome);

    if (pipeline_start(outcome->pipeline) != end)
        complain(
            simulation, outcome->client,
            "the %zu bytes left of %zu do not begin with a request",
            outcome->pipeline->arrived - end, outcome->pipeline->arrived);
    if (compared.len != simulation->replies.len)
        complain(
            simulation, outcome->client, "%zu bytes of replies, %zu by the model",
            simulation->replies.len, compared.len);
    if (compared.begun_with > limit)
        complain(
            simulation, outcome->client, "a request starts after %zu bytes of replies",
            compared.begun_with);
    check_stop(simulation, outcome);
}

/* The engine must refuse the same command as the model, and execute those before it. */
static void check_refused(struct simulation *simulation, const struct outcome *outcome)
{
    struct compared compared = compare_replies(simulation, outcome);
    int code = outcome->pipeline->done < outcome->pipeline->count
                   ? refuse_next(simulation, outcome)
                   : 0;

    if (code_of(outcome) != code)
        complain(
            simulation, outcome->client, "the engine refuses with %s, the model with %s",
            tcpstore_error_name(code_of(outcome)), tcpstore_error_name(code));
    if (compared.len != simulation->replies.len)
        complain(simulation, outcome->client, "a refused request has a reply");
    simulation->tally.wrong++;
}

/* The next command, which may be incomplete, must have had no effect. */
static void check_unchanged(struct simulation *simulation, const struct outcome *outcome)
{
    const struct pipeline *pipeline = outcome->pipeline;
    const struct command *command = &pipeline->commands[pipeline->done];

    if (pipeline->done == pipeline->count)
        return;
    for (uint32_t i = 0; i < command->count; i++)
        check_name(simulation, command->names[i]);
}

/* Memory for a value that the MULTI_GET at the front needs may have been refused to others. */
static bool has_lost_value(const struct simulation *simulation, const struct outcome *outcome)
{
    return simulation->clients[outcome->client].rest.len > 0 &&
           simulation->allocator.refused > simulation->refused_before_moment;
}

static bool is_lack_of_memory(
    const struct simulation *simulation, const struct outcome *outcome)
{
    return code_of(outcome) == TCPSTORE_ENOMEM &&
           (allocator_has_refused(&simulation->allocator) ||
            has_lost_value(simulation, outcome));
}

static void check_out_of_memory_request(
    struct simulation *simulation, const struct outcome *outcome)
{
    const struct pipeline *pipeline = outcome->pipeline;
    const struct command *command = &pipeline->commands[pipeline->done];
    const struct client *client = &simulation->clients[outcome->client];

    if (!pipeline_next_has_arrived(pipeline))
        complain(simulation, outcome->client, "an incomplete request is out of memory");
    if (!operation_is(outcome, command_operation(command)))
        complain(
            simulation, outcome->client, "%s is out of memory instead of %s",
            outcome->effects->refusal.operation, command_operation(command));
    if (command->opcode == WIRE_MULTI_SET && client->has_begun &&
        client->freed_by != client->executed + 1)
        complain(simulation, outcome->client, "MULTI_SET is out of memory after its moment");
    simulation->tally.operations++;
}

/* Whether the client is not even sent its release. */
static bool is_before_release(
    const struct simulation *simulation, const struct outcome *outcome)
{
    return simulation->clients[outcome->client].listed > 0 &&
           (operation_is(outcome, "release") ||
            (operation_is(outcome, "receive") && simulation->replies.len == 0));
}

static void check_out_of_memory(struct simulation *simulation, const struct outcome *outcome)
{
    if (is_before_release(simulation, outcome)) {
        simulation->clients[outcome->client].listed = 0;
        compare_replies(simulation, outcome);
        return;
    }
    compare_replies(simulation, outcome);
    check_unchanged(simulation, outcome);
    if (!operation_is(outcome, "receive"))
        check_out_of_memory_request(simulation, outcome);
}

static void check_withdrawn(struct simulation *simulation, const struct outcome *outcome)
{
    if (compare_replies(simulation, outcome).len != simulation->replies.len)
        complain(simulation, outcome->client, "a withdrawn request has a reply");
    simulation->tally.withdrawn++;
    check_unchanged(simulation, outcome);
}

/* A call takes at most one group of names more than it may, and wakes those that wait for them.
 */
static void check_steps(struct simulation *simulation, const struct outcome *outcome)
{
    long group = (long)simulation->engine.limits.items_at_once + 1;
    long waits = (long)simulation->client_count * COMMAND_NAMES;

    if (outcome->effects->steps < -group * STEPS_OF_A_NAME - waits)
        complain(
            simulation, outcome->client, "a call takes %ld steps too many",
            -outcome->effects->steps);
}

static void count_stop(struct simulation *simulation, const struct outcome *outcome)
{
    const struct client *client = &simulation->clients[outcome->client];

    simulation->tally.pending += outcome->stop == STOP_PENDING && client->deferred;
    simulation->tally.in_line += outcome->stop == STOP_PENDING && !client->deferred;
    simulation->tally.crowded += client->session.waiter.is_in_crowd;
    simulation->tally.turns +=
        outcome->stop == STOP_TURN_OVER && client->session.unfinished != NULL;
}

void check_outcome(struct simulation *simulation, const struct outcome *outcome)
{
    count_stop(simulation, outcome);
    check_steps(simulation, outcome);
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

/* Its value may be visible already, although it is not settled. */
static const struct entry *find_key(const struct store *store, struct name name)
{
    const struct entry *entry = NULL;

    if (store->moment.phase == MOMENT_SETTLING)
        entry = arriving_find(store->moment.arriving, name);
    return entry != NULL ? entry : entry_at(keys_find(&store->keys, name));
}

void check_name(struct simulation *simulation, uint32_t number)
{
    const struct model_name *name = &simulation->model.names[number];
    struct span bytes = simulation->dataset.names[number];
    struct store *store = &simulation->engine.store;
    struct name hashed = store_name(store, bytes);
    struct slice front = {.blob = NULL};
    const struct entry *entry = find_key(store, hashed);
    bool is_there = entry != NULL;

    if (is_there != name->is_key)
        complain(
            simulation, 0, "key #%" PRIu32 " %s", number,
            is_there ? "exists" : "does not exist");
    if (is_there && !span_equal(entry_value(entry).span, buffer_span(&name->value)))
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
    if (simulation->engine.store.keys.table.promised > 0)
        complain(simulation, 0, "the keys have room for some that will not come");
}

void check_memory(struct simulation *simulation)
{
    if (simulation->memory.used != 0 || simulation->allocator.blocks != 0)
        complain(
            simulation, 0,
            "%zu bytes are charged and %zu blocks allocated after everything was freed",
            simulation->memory.used, simulation->allocator.blocks);
}
