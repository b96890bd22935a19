/*
 * Performs operations on the connection of a handle.
 *
 *     struct operation operation = {
 *         .verb = "add to", .opcode = WIRE_ADD, .keys = &key, .key_count = 1, .number = 2};
 *     struct outcome outcome;
 *     int code = client_perform(client, &operation, TCPSTORE_TIMEOUT, error, &outcome);
 *
 * Where one request, or a wait and a request, is not enough, the steps are made one by one:
 *
 *     code = perform_begin(&operation, client, timeout_ms, error);
 *     if (code)
 *         return code;
 *     code = perform_after_wait(&operation, (struct encode){…});
 *     if (code == 0)
 *         code = perform_wait(&operation, (struct encode){…});
 *     return perform_end(&operation, code);
 */
#ifndef CLIENT_PERFORM_H
#define CLIENT_PERFORM_H

#include "client/operation.h"

struct outcome {
    int64_t number;                /* as in struct answer */
    struct tcpstore_value *values; /* the caller's, for tcpstore_values_free */
    size_t value_count;
};

/*
 * Performs all of an operation as its policy says. `timeout_ms` may be TCPSTORE_TIMEOUT. The
 * outcome is all zero after an error; `ret_outcome` may be NULL. Errors as client.h has them
 * for every operation; with POLICY_IF_PRESENT TCPSTORE_ENOKEY, too.
 */
int client_perform(
    struct tcpstore_client *client, struct operation *operation, int32_t timeout_ms,
    struct tcpstore_error *error, struct outcome *ret_outcome);

/* Locks the connection and makes sure that it is not lost. TCPSTORE_EINVAL (the timeout),
 * ETIMEDOUT, ELOST, EPROTOCOL; then the connection is unlocked. */
int perform_begin(
    struct operation *operation, struct tcpstore_client *client, int32_t timeout_ms,
    struct tcpstore_error *error);

/* Unlocks the connection and returns `code`. */
int perform_end(struct operation *operation, int code);

/* After perform_end: begins again, with the same deadline. */
int perform_resume(struct operation *operation);

/* As perform_begin, for a connection that may be lost. */
int perform_lock(
    struct operation *operation, struct tcpstore_client *client, int32_t timeout_ms,
    struct tcpstore_error *error);

/* Detects without a request whether the connection was lost since its last use: 0, or
 * TCPSTORE_ELOST or EPROTOCOL, and it is closed. */
int perform_check_connection(struct operation *operation);

/* The operation's own request, as its policy says. */
int perform(struct operation *operation);

/* One WAIT or BARRIER. At the deadline, or when the program cancels, it is cancelled at the
 * server: TCPSTORE_ETIMEDOUT or ECANCELED, unless it has just been released. */
int perform_wait(struct operation *operation, struct encode request);

/* One request that follows a wait. If little time is left it has the grace period that client.h
 * states, and it cannot be cancelled. */
int perform_after_wait(struct operation *operation, struct encode request);

/* Sends the flight, of requests that do not wait, and collects the answers. If the deadline
 * passes first, the connection is closed. */
int perform_flight(struct operation *operation);

/* The same, but the timeout counts for each answer, which may take up to twice as long: a slow
 * consumer of the answers does no harm. */
int perform_flight_each(struct operation *operation);

#endif
