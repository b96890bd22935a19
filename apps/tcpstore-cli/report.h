/* Reports failures on stderr, each with a next step, and returns the exit status for them. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "tcpstore-cli/operation.h"

/* What an exit status means, as --help lists it. */
const char *report_meaning(enum status status);

/* An error of the client library. */
enum status report_error(const struct tcpstore_error *error);

/* The same, with another next step. NULL: the usual one; "": none. */
enum status report_error_with(const struct tcpstore_error *error, const char *next_step);

/* A store listens, but does not answer over HTTP. STATUS_NO_HTTP. */
enum status report_no_http(const struct operation *operation);

/* The server did not confirm a write of `count` keys, at least one. Names the first key that
 * exceeds the usual limits of servers, or has such a value, as the likely cause; otherwise the
 * first key. `writer` is a command, or a file with a line. The caller reports the error. */
void report_unconfirmed(
    const struct operation *operation, const char *writer, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count);

/* The outcome of a write of `count` keys, at least one, that returned `code`. A write has no
 * reply: whether the server refused it is known at the reply to a PING, which this sends. */
enum status report_write(
    const struct operation *operation, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, int code, struct tcpstore_error *error);

/* A wait for these keys failed: after a timeout names the missing ones. */
enum status report_wait(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error);

/* Names the keys that do not exist and returns STATUS_NO, or STATUS_OK if all exist. */
enum status report_if_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* Names the keys that are queues and returns STATUS_NO, or STATUS_OK without queues. */
enum status report_if_queues(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* These keys do not exist, but some may be queues, which are reported as such. STATUS_NO. */
enum status report_not_keys(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* The key does not exist. */
enum status report_absent(const struct operation *operation, struct tcpstore_span key);

/* The queue is empty. */
enum status report_empty(const struct operation *operation, struct tcpstore_span key);

/* It is a key and not a queue. */
enum status report_not_queue(const struct operation *operation, struct tcpstore_span key);

#endif
