#include "client/perform.h"

#include "client/exchange.h"
#include "client/monotonic.h"

/* How long after the deadline the server may take to answer CANCEL_WAIT, or the request behind
 * a wait: as long as the timeout, within these bounds. Less would close the connection to a
 * server that is merely busy; more would let a silent one hold up a short operation. */
#define GRACE_MIN (1000 * NS_PER_MS)
#define GRACE_MAX (5000 * NS_PER_MS)

static int lock(struct operation *operation)
{
    if (!connection_lock(operation->connection, operation->deadline))
        return operation_fail_timed_out(operation, ": other threads held the connection");
    return 0;
}

int perform_lock(
    struct operation *operation, struct tcpstore_client *client, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    struct connection *connection = client->connection;

    if (timeout_ms == TCPSTORE_TIMEOUT)
        timeout_ms = connection->timeout_ms;
    operation_init(operation, client, &connection->flight, error);
    operation->begun = monotonic_now();
    operation->deadline = operation->begun + timeout_ms * NS_PER_MS;
    if (timeout_ms < 0)
        return operation_fail(
            operation, TCPSTORE_EINVAL,
            ": timeout of %d ms; expected 0 or more, or TCPSTORE_TIMEOUT", (int)timeout_ms);
    return lock(operation);
}

/* Reports an error after which the connection cannot be used, and closes it. */
static int fail_and_close(struct operation *operation, int code)
{
    struct connection *connection = operation->connection;
    const struct flight *flight = operation->flight;

    switch (code) {
    case TCPSTORE_EPROTOCOL:
        connection_close(connection, flight->reader.violation);
        return operation_fail(
            operation, code, ": unexpected reply (%s): not a TCPStore server",
            flight->reader.violation);
    case TCPSTORE_EANSWERSIZE:
        connection_close(connection, "an answer was too large");
        return operation_fail(
            operation, code,
            ": the answer exceeds answer_bytes_max, %zu bytes; ask for less, or raise it",
            flight->values.bytes_max);
    case TCPSTORE_ENOMEM:
        connection_close(connection, "no memory for an answer");
        return operation_fail(
            operation, TCPSTORE_ELOST, ": no memory for the answer; the connection was closed");
    case TCPSTORE_ETIMEDOUT:
        connection_close(connection, "the server did not answer in time");
        return operation_fail_timed_out(operation, ": no answer; the connection was closed");
    case TCPSTORE_ECANCELED:
        connection_close(connection, "an operation was cancelled");
        return operation_fail_cancelled(operation, "; the connection was closed");
    default:
        connection_close(connection, connection->transport.reason);
        return operation_fail(
            operation, code, ": connection lost: %s", connection->transport.reason);
    }
}

int perform_check_connection(struct operation *operation)
{
    struct connection *connection = operation->connection;
    int code;

    if (connection_is_lost(connection))
        return operation_fail(
            operation, TCPSTORE_ELOST, ": the connection was lost earlier (%s); reconnect",
            connection->lost_reason);
    code = exchange_receive(&connection->transport, operation->flight);
    return code ? fail_and_close(operation, code) : 0;
}

static int check_or_end(struct operation *operation)
{
    int code = perform_check_connection(operation);

    return code ? perform_end(operation, code) : 0;
}

int perform_begin(
    struct operation *operation, struct tcpstore_client *client, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    int code = perform_lock(operation, client, timeout_ms, error);

    return code ? code : check_or_end(operation);
}

int perform_resume(struct operation *operation)
{
    int code = lock(operation);

    return code ? code : check_or_end(operation);
}

int perform_end(struct operation *operation, int code)
{
    connection_unlock(operation->connection);
    return code;
}

static int run_until(struct operation *operation, int64_t deadline)
{
    int code = exchange(&operation->connection->transport, operation->flight, deadline);

    return code ? fail_and_close(operation, code) : 0;
}

/* Ignores cancel_fd: the effect of these requests must become known. */
static int run_uncancelled(struct operation *operation, int64_t deadline)
{
    struct connection *connection = operation->connection;
    int code;

    connection->transport.cancel_fd = -1;
    code = run_until(operation, deadline);
    connection->transport.cancel_fd = connection->target.cancel_fd;
    return code;
}

int perform_flight(struct operation *operation)
{
    return run_until(operation, operation->deadline);
}

int perform_flight_each(struct operation *operation)
{
    const int64_t timeout = operation->deadline - operation->begun;
    int64_t deadline = operation->deadline;
    size_t answered;
    int code;

    do {
        answered = operation->flight->current;
        code = exchange(&operation->connection->transport, operation->flight, deadline);
        deadline = monotonic_now() + timeout;
    } while (code == TCPSTORE_ETIMEDOUT && operation->flight->current > answered);
    return code ? fail_and_close(operation, code) : 0;
}

static int64_t grace_end(const struct operation *operation)
{
    int64_t grace = operation->deadline - operation->begun;

    if (grace < GRACE_MIN)
        grace = GRACE_MIN;
    if (grace > GRACE_MAX)
        grace = GRACE_MAX;
    return monotonic_now() + grace;
}

static int run_after_wait(struct operation *operation)
{
    int64_t grace = grace_end(operation);

    return run_uncancelled(
        operation, operation->deadline > grace ? operation->deadline : grace);
}

static int run_wait(struct operation *operation)
{
    const struct encode cancel = {.opcode = WIRE_CANCEL_WAIT};
    struct flight *flight = operation->flight;
    int reason = exchange(&operation->connection->transport, flight, operation->deadline);
    int code;

    if (reason != TCPSTORE_ETIMEDOUT && reason != TCPSTORE_ECANCELED)
        return reason ? fail_and_close(operation, reason) : 0;
    if (flight_add(flight, &cancel))
        return fail_and_close(operation, reason);
    code = run_uncancelled(operation, grace_end(operation));
    if (code || flight->answers[0].number)
        return code;
    return reason == TCPSTORE_ETIMEDOUT ? operation_fail_timed_out(operation, "")
                                        : operation_fail_cancelled(operation, "");
}

int perform_wait(struct operation *operation, struct encode request)
{
    int code;

    flight_clear(operation->flight);
    code = operation_add_request(operation, request);
    return code ? code : run_wait(operation);
}

int perform_after_wait(struct operation *operation, struct encode request)
{
    int code;

    flight_clear(operation->flight);
    code = operation_add_request(operation, request);
    return code ? code : run_after_wait(operation);
}

static int perform_immediately(struct operation *operation)
{
    int code = operation_add(operation, operation->opcode);

    return code ? code : perform_flight(operation);
}

static int perform_if_present(struct operation *operation)
{
    int code = operation_add(operation, WIRE_CHECK);

    if (code == 0)
        code = perform_immediately(operation);
    if (code == 0 && !operation->flight->answers[0].number)
        code = operation_fail(operation, TCPSTORE_ENOKEY, ": no such key");
    return code;
}

static int wait_with(struct operation *operation, enum wire_opcode opcode)
{
    int code = operation_add(operation, opcode);

    return code ? code : run_wait(operation);
}

static int wait_and_perform(struct operation *operation)
{
    int code = wait_with(operation, WIRE_WAIT);

    if (code)
        return code;
    flight_clear(operation->flight);
    code = operation_add(operation, operation->opcode);
    return code ? code : run_after_wait(operation);
}

/* Other clients may empty the queue between the wait and the pop: then it waits again, until
 * the deadline. */
static int wait_and_pop(struct operation *operation)
{
    int code = wait_and_perform(operation);

    while (code == 0 && operation->flight->answers[0].number == 0) {
        if (monotonic_now() >= operation->deadline)
            return operation_fail_timed_out(operation, ": other clients took every entry");
        flight_clear(operation->flight);
        code = wait_and_perform(operation);
    }
    return code;
}

int perform(struct operation *operation)
{
    switch (operation->policy) {
    case POLICY_IF_PRESENT:
        return perform_if_present(operation);
    case POLICY_WAIT:
        return wait_with(operation, operation->opcode);
    case POLICY_WAIT_FIRST:
        return wait_and_perform(operation);
    case POLICY_WAIT_FOR_ENTRY:
        return wait_and_pop(operation);
    default:
        return perform_immediately(operation);
    }
}

static void take_outcome(struct flight *flight, struct outcome *ret_outcome)
{
    ret_outcome->number = flight->answers[flight->count - 1].number;
    values_take(&flight->values, &ret_outcome->values, &ret_outcome->value_count);
}

int client_perform(
    struct tcpstore_client *client, struct operation *operation, int32_t timeout_ms,
    struct tcpstore_error *error, struct outcome *ret_outcome)
{
    int code = perform_begin(operation, client, timeout_ms, error);

    if (ret_outcome != NULL)
        *ret_outcome = (struct outcome){0};
    if (code)
        return code;
    code = perform(operation);
    if (code == 0 && ret_outcome != NULL)
        take_outcome(operation->flight, ret_outcome);
    return perform_end(operation, code);
}
