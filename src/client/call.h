/*
 * One call of the public API: its time, its turn on the connection, and its messages.
 *
 *     code = call_begin(&call, client, subject, timeout_ms, error);
 *     if (code)
 *         return code;
 *     code = call_ask(&call, &encode);
 *     if (code == 0)
 *         … what call.flight was answered …
 *     return call_end(&call, code);
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "client/client.h"
#include "client/subject.h"

struct call {
    struct connection *connection;
    struct span prefix;
    struct subject subject;
    struct flight *flight; /* after call_begin the connection's, and empty */
    int64_t begun;
    int64_t deadline;
    struct tcpstore_error *error;
};

/* Without a turn: enough for call_add, call_add_many and the messages. */
void call_init(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    struct flight *flight, struct tcpstore_error *error);

/* Waits for the turn, and sees that the connection is not lost. TCPSTORE_EINVAL (the timeout),
 * ETIMEDOUT, ELOST, EPROTOCOL; then there is no call to be ended. */
int call_begin(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    int32_t timeout_ms, struct tcpstore_error *error);

/* Gives the turn back, and returns `code`. */
int call_end(struct call *call, int code);

/* After call_end: begins again, with the time that is left. */
int call_resume(struct call *call);

/* As call_begin, however the connection is. */
int call_take_turn(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    int32_t timeout_ms, struct tcpstore_error *error);

/* Finds out what became of the connection since its last use, without asking the server. 0, or
 * TCPSTORE_ELOST or EPROTOCOL, and it is given up. */
int call_look(struct call *call);

/* TCPSTORE_EINVAL: below 1. */
int call_check_world_size(struct call *call, int64_t world_size);

/* Adds a request to the flight, with the call's prefix. TCPSTORE_EINVAL, ENOMEM. */
int call_add(struct call *call, struct encode encode);

/* The same for one with several keys and, unless `values` is null, a value for each. */
int call_add_many(
    struct call *call, enum wire_opcode opcode, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count);

/* Sends the flight, of requests that do not wait, and collects the answers. If those do not
 * come in the call's time, the connection is given up. */
int call_run(struct call *call);

/* The same, but it is the next answer that has the call's time, or up to twice that, and not
 * all of them together: what takes the answers may be slow. */
int call_run_each(struct call *call);

/* The same for what follows a wait, whose time may be over: it has at least the grace that
 * client.h states, and is not cancelled. */
int call_run_after_wait(struct call *call);

/* Sends the flight, which is one WAIT or BARRIER. When the time is up or the caller cancels,
 * the wait is cancelled at the server: TCPSTORE_ETIMEDOUT or ECANCELED, unless it was over just
 * then.
 */
int call_run_wait(struct call *call);

/* "<subject> at <server>: …", for the caller's error. Returns `code`. */
__attribute__((format(printf, 3, 4))) int call_fail(
    struct call *call, int code, const char *format, ...);

/* "<subject> at <server> was cancelled", and `more`. */
int call_fail_cancelled(struct call *call, const char *more);

/* "<subject> at <server> timed out after 30.0 s", and `more`. */
int call_fail_in_time(struct call *call, const char *more);

#endif
