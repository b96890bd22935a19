#include "client/call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "client/clock.h"

/* How long after the deadline the server may answer CANCEL_WAIT, and what follows a wait: as
 * long as the operation had, within these bounds. Less would give up the connection to a server
 * that is merely busy; more would let a silent one hold a short operation for long. */
#define GRACE_LEAST (1000 * CLOCK_MS)
#define GRACE_MOST (5000 * CLOCK_MS)

int call_fail(struct call *call, int code, const char *format, ...)
{
    char subject[SUBJECT_MAX];
    char what[sizeof(call->error->text)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return error_set(
        call->error, code, "%s at %s%s", subject_format(&call->subject, call->prefix, subject),
        call->connection->server, what);
}

int call_fail_in_time(struct call *call, const char *more)
{
    double seconds = (double)(clock_now() - call->begun) / 1e9;

    return call_fail(call, TCPSTORE_ETIMEDOUT, " timed out after %.1f s%s", seconds, more);
}

int call_fail_cancelled(struct call *call, const char *more)
{
    return call_fail(call, TCPSTORE_ECANCELED, " was cancelled%s", more);
}

void call_init(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    struct flight *flight, struct tcpstore_error *error)
{
    *call = (struct call){
        .connection = client->connection,
        .prefix = client_prefix(client),
        .subject = subject,
        .flight = flight,
        .begun = clock_now(),
        .error = error};
}

static int take_turn(struct call *call)
{
    if (!connection_take_turn(call->connection, call->deadline))
        return call_fail_in_time(call, ": others had the connection all the time");
    return 0;
}

int call_take_turn(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    call_init(call, client, subject, &client->connection->flight, error);
    if (timeout_ms == TCPSTORE_TIMEOUT)
        timeout_ms = call->connection->timeout_ms;
    if (timeout_ms < 0)
        return call_fail(
            call, TCPSTORE_EINVAL, ": timeout of %d ms; expected from 0, or TCPSTORE_TIMEOUT",
            (int)timeout_ms);
    call->deadline = call->begun + timeout_ms * CLOCK_MS;
    return take_turn(call);
}

/* Reports the failure and closes the connection. */
static int give_up(struct call *call, int code)
{
    struct connection *connection = call->connection;

    switch (code) {
    case TCPSTORE_EPROTOCOL:
        connection_give_up(connection, call->flight->objection);
        return call_fail(
            call, code, ": unexpected reply (%s): not a TCPStore server",
            call->flight->objection);
    case TCPSTORE_EANSWERSIZE:
        connection_give_up(connection, "an answer was too large");
        return call_fail(
            call, code,
            ": the answer exceeds answer_bytes_max, %zu bytes; ask for less, or raise it",
            call->flight->answer_bytes_max);
    case TCPSTORE_ENOMEM:
        connection_give_up(connection, "no memory for an answer");
        return call_fail(
            call, TCPSTORE_ELOST, ": no memory for the answer; the connection was given up");
    case TCPSTORE_ETIMEDOUT:
        connection_give_up(connection, "the server did not answer in time");
        return call_fail_in_time(call, ": no answer; the connection was given up");
    case TCPSTORE_ECANCELED:
        connection_give_up(connection, "an operation was cancelled");
        return call_fail_cancelled(call, "; the connection was given up");
    default:
        connection_give_up(connection, connection->transport.reason);
        return call_fail(call, code, ": connection lost: %s", connection->transport.reason);
    }
}

int call_look(struct call *call)
{
    struct connection *connection = call->connection;
    int code;

    if (connection_is_lost(connection))
        return call_fail(
            call, TCPSTORE_ELOST, ": the connection was lost earlier (%s); reconnect",
            connection->lost_reason);
    code = exchange_receive(&connection->transport, call->flight);
    return code ? give_up(call, code) : 0;
}

static int look_or_end(struct call *call)
{
    int code = call_look(call);

    return code ? call_end(call, code) : 0;
}

int call_begin(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    int code = call_take_turn(call, client, subject, timeout_ms, error);

    return code ? code : look_or_end(call);
}

int call_resume(struct call *call)
{
    int code = take_turn(call);

    return code ? code : look_or_end(call);
}

int call_end(struct call *call, int code)
{
    connection_end_turn(call->connection);
    return code;
}

int call_check_world_size(struct call *call, int64_t world_size)
{
    if (world_size >= 1)
        return 0;
    return call_fail(
        call, TCPSTORE_EINVAL, ": world size of %" PRId64 "; expected from 1", world_size);
}

static int fail_to_add(struct call *call, int code)
{
    switch (code) {
    case TCPSTORE_EKEYSIZE:
        return call_fail(
            call, TCPSTORE_EINVAL, ": key too long: at most %d bytes, its prefix included",
            FLIGHT_KEY_MAX);
    case TCPSTORE_EVALUESIZE:
        return call_fail(
            call, TCPSTORE_EINVAL, ": value too long: at most %d bytes", FLIGHT_VALUE_MAX);
    case TCPSTORE_EKEYCOUNT:
        return call_fail(
            call, TCPSTORE_EINVAL, ": too many keys: at most %u", (unsigned)FLIGHT_COUNT_MAX);
    default:
        return call_fail(call, code, ": out of memory");
    }
}

int call_add(struct call *call, struct encode encode)
{
    int code;

    encode.prefix = call->prefix;
    code = flight_add(call->flight, &encode);
    return code ? fail_to_add(call, code) : 0;
}

static struct span *copy_spans(
    struct span *target, const struct tcpstore_span *source, size_t count)
{
    for (size_t i = 0; source != NULL && i < count; i++)
        *target++ = span_of(source[i].bytes, source[i].size);
    return target;
}

int call_add_many(
    struct call *call, enum wire_opcode opcode, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count)
{
    struct span *spans;
    int code;

    if (count > FLIGHT_COUNT_MAX)
        return fail_to_add(call, TCPSTORE_EKEYCOUNT);
    spans = malloc((2 * count + 1) * sizeof(*spans));
    if (spans == NULL)
        return fail_to_add(call, TCPSTORE_ENOMEM);
    copy_spans(copy_spans(spans, keys, count), values, count);
    code = call_add(
        call, (struct encode){
                  .opcode = opcode, .keys = spans, .values = spans + count, .count = count});
    free(spans);
    return code;
}

static int run_until(struct call *call, int64_t deadline)
{
    int code = exchange(&call->connection->transport, call->flight, deadline);

    return code ? give_up(call, code) : 0;
}

/* What the server does with it must become known. */
static int run_without_cancel(struct call *call, int64_t deadline)
{
    struct connection *connection = call->connection;
    int code;

    connection->transport.cancel_fd = -1;
    code = run_until(call, deadline);
    connection->transport.cancel_fd = connection->target.cancel_fd;
    return code;
}

int call_run(struct call *call)
{
    return run_until(call, call->deadline);
}

int call_run_each(struct call *call)
{
    const int64_t time = call->deadline - call->begun;
    int64_t deadline = call->deadline;
    size_t answered;
    int code;

    do {
        answered = call->flight->current;
        code = exchange(&call->connection->transport, call->flight, deadline);
        deadline = clock_now() + time;
    } while (code == TCPSTORE_ETIMEDOUT && call->flight->current > answered);
    return code ? give_up(call, code) : 0;
}

static int64_t grace_end(const struct call *call)
{
    int64_t grace = call->deadline - call->begun;

    if (grace < GRACE_LEAST)
        grace = GRACE_LEAST;
    if (grace > GRACE_MOST)
        grace = GRACE_MOST;
    return clock_now() + grace;
}

int call_run_after_wait(struct call *call)
{
    int64_t grace = grace_end(call);

    return run_without_cancel(call, call->deadline > grace ? call->deadline : grace);
}

int call_run_wait(struct call *call)
{
    const struct encode cancel = {.opcode = WIRE_CANCEL_WAIT};
    int reason = exchange(&call->connection->transport, call->flight, call->deadline);
    int code;

    if (reason != TCPSTORE_ETIMEDOUT && reason != TCPSTORE_ECANCELED)
        return reason ? give_up(call, reason) : 0;
    if (flight_add(call->flight, &cancel))
        return give_up(call, reason);
    code = run_without_cancel(call, grace_end(call));
    if (code || call->flight->legs[0].number)
        return code;
    return reason == TCPSTORE_ETIMEDOUT ? call_fail_in_time(call, "")
                                        : call_fail_cancelled(call, "");
}
