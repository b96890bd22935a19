#include "sim/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/container.h"
#include "sim/listing.h"

/* Ends the process at once: a leak is no news then. */
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

/* The engine's replies go on with the answer to the command. Returns where they do after it. */
static size_t check_reply(
    struct simulation *simulation, uint32_t client, const struct command *command, size_t at)
{
    const struct answer *answer = &simulation->answer;
    struct span rest = span_from(buffer_span(&simulation->replies), at);
    size_t len = answer->reply.len;

    if (rest.len < len || !span_equal(span_of(rest.bytes, len), buffer_span(&answer->reply)))
        complain(
            simulation, client, "%s is answered otherwise than by the model's %zu bytes",
            operation_of(command), len);
    if (answer->lists_keys) {
        size_t listed =
            listing_len(&simulation->model, &simulation->vocabulary, span_from(rest, len));

        if (listed == LISTING_WRONG)
            complain(simulation, client, "LIST_KEYS names other keys than there are");
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
            simulation, outcome->client, "%s: the engine says %s, the model %s",
            operation_of(command), tcpstore_error_name(code_of(outcome)),
            tcpstore_error_name(simulation->answer.code));
}

/* Has the model execute the next command. */
static const struct command *advance(
    struct simulation *simulation, const struct outcome *outcome)
{
    struct packet *packet = outcome->packet;
    const struct command *command = &packet->commands[packet->done++];
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

static bool next_has_arrived(const struct packet *packet)
{
    return packet->done < packet->count && packet->ends[packet->done] <= packet->given;
}

/* The request at the front is not whole, and the engine knows a lower bound on its size. */
static void check_needs(struct simulation *simulation, const struct outcome *outcome)
{
    const struct packet *packet = outcome->packet;
    const struct session *session = &simulation->clients[outcome->client].session;
    size_t start = packet_start(packet);
    size_t left = packet->given - start;
    size_t needs = session_needs(session);

    if (next_has_arrived(packet))
        complain(simulation, outcome->client, "a whole request is left alone");
    if (left == 0 || packet->commands[packet->done].damage != DAMAGE_NONE)
        return;
    if (needs <= left || needs > packet->ends[packet->done] - start)
        complain(
            simulation, outcome->client, "%s of %zu bytes needs %zu, says the engine",
            operation_of(&packet->commands[packet->done]), packet->ends[packet->done] - start,
            needs);
}

static void check_stop(
    struct simulation *simulation, const struct outcome *outcome, size_t begun_with)
{
    const struct client *client = &simulation->clients[outcome->client];
    size_t limit = simulation->engine.limits.reply_bytes;

    if (begun_with > limit)
        complain(
            simulation, outcome->client, "a request is begun with %zu bytes of replies",
            begun_with);
    if (outcome->stop == STOP_NEEDS_BYTES)
        check_needs(simulation, outcome);
    else if (outcome->stop == STOP_TURN_OVER && simulation->replies.len <= limit)
        complain(simulation, outcome->client, "its turn ends early");
    if ((outcome->stop == STOP_PENDING) != (client->answer_at > 0))
        complain(simulation, outcome->client, "is pending, or is not, against the back end");
}

/* Where the requests end that are executed. */
static size_t executed_end(const struct simulation *simulation, const struct outcome *outcome)
{
    return outcome->packet->given - simulation->clients[outcome->client].session.input.len;
}

static void check_executed(struct simulation *simulation, const struct outcome *outcome)
{
    struct packet *packet = outcome->packet;
    size_t end = executed_end(simulation, outcome);
    size_t at = 0;
    size_t begun_with = 0;

    while (packet->done < packet->count && packet->ends[packet->done] <= end) {
        const struct command *command = advance(simulation, outcome);

        check_refusal(simulation, outcome, command);
        begun_with = at;
        at = check_reply(simulation, outcome->client, command, at);
    }
    if (packet_start(packet) != end)
        complain(
            simulation, outcome->client,
            "%zu bytes are left of %zu, which begin with no request", packet->given - end,
            packet->given);
    if (at != simulation->replies.len)
        complain(
            simulation, outcome->client, "%zu bytes of replies, %zu by the model",
            simulation->replies.len, at);
    check_stop(simulation, outcome, begun_with);
}

/* The command that the model refuses is the one that the engine has refused, and those
 * before it have taken effect. */
static void check_refused(struct simulation *simulation, const struct outcome *outcome)
{
    const struct command *command = NULL;
    size_t at = 0;

    simulation->answer.code = 0;
    while (simulation->answer.code == 0 && next_has_arrived(outcome->packet)) {
        command = advance(simulation, outcome);
        at = check_reply(simulation, outcome->client, command, at);
    }
    if (simulation->answer.code == 0)
        complain(
            simulation, outcome->client, "the engine says %s to something right",
            tcpstore_error_name(code_of(outcome)));
    check_refusal(simulation, outcome, command);
    if (at != simulation->replies.len)
        complain(simulation, outcome->client, "a refused request is answered");
    simulation->tally.wrong++;
}

/* The next command has arrived, or else part of it, and nothing of it has taken effect. */
static void check_unchanged(struct simulation *simulation, const struct outcome *outcome)
{
    const struct packet *packet = outcome->packet;
    const struct command *command = &packet->commands[packet->done];

    if (outcome->effects->released.first != NULL || outcome->effects->released.own_released)
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
    if (!next_has_arrived(outcome->packet))
        complain(simulation, outcome->client, "memory is wanted for part of a request");
    simulation->tally.operations++;
}

static void check_withdrawn(struct simulation *simulation, const struct outcome *outcome)
{
    if (simulation->replies.len > 0)
        complain(simulation, outcome->client, "a withdrawn request is answered");
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
        complain(simulation, number, "is fed, and no longer stopped");
    if (simulation->outbox.bytes > 0)
        complain(simulation, number, "executes a request before it continues");
    if (packet_start(client->packet) + client->session.input.len != client->packet->given)
        complain(simulation, number, "does not keep what it is fed");
}

void check_name(struct simulation *simulation, uint32_t number)
{
    const struct model_name *name = &simulation->model.names[number];
    struct span bytes = simulation->vocabulary.names[number];
    struct store *store = &simulation->engine.store;
    struct name hashed = store_name(store, bytes);
    struct slice front = {.blob = NULL};
    bool is_there = *keys_find(&store->keys, hashed) != NULL;

    if (is_there != name->is_key)
        complain(simulation, 0, "key #%" PRIu32 " is %sthere", number, is_there ? "" : "not ");
    if (is_there && !span_equal(store_get(store, hashed).span, buffer_span(&name->value)))
        complain(simulation, 0, "key #%" PRIu32 " has another value", number);
    if (store_queue_front(store, hashed, &front) != name->length)
        complain(simulation, 0, "queue #%" PRIu32 " has another length", number);
    if (name->length > 0 && !span_equal(front.span, buffer_span(&name->entries[0])))
        complain(simulation, 0, "queue #%" PRIu32 " has another oldest entry", number);
}

void check_store(struct simulation *simulation)
{
    for (uint32_t name = 0; name < simulation->vocabulary.name_count; name++)
        check_name(simulation, name);
    if (store_count(&simulation->engine.store) != simulation->model.keys)
        complain(
            simulation, 0, "%zu keys are counted, %" PRIu64 " are there",
            store_count(&simulation->engine.store), simulation->model.keys);
}

void check_memory(struct simulation *simulation)
{
    if (simulation->memory.used != 0 || simulation->allocator.blocks != 0)
        complain(
            simulation, 0,
            "%zu bytes are charged and %zu blocks allocated, but nothing is left",
            simulation->memory.used, simulation->allocator.blocks);
}
