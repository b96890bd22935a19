/* What went wrong, said on stderr with a next step, and the status that stands for it. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "tcpstore-cli/operation.h"

/* An error of the library's. */
enum status report_error(const struct tcpstore_error *error);

/* Which of `count` keys, one at least, the server did not confirm: the first with a key
 * or value longer than servers usually take, named as the likely cause; otherwise the first.
 * `writer` is a command, or a file with a line. The error is to follow. */
void report_unconfirmed(
    const struct operation *operation, const char *writer, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count);

/* A wait for these keys has failed: if its time was up, names those that are not there. */
enum status report_wait(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count,
    const struct tcpstore_error *error);

/* Names those that are not there: STATUS_NO. STATUS_OK: all are. */
enum status report_if_absent(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* Names those that are queues: STATUS_NO. STATUS_OK: none is. */
enum status report_if_queues(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* That there are no such keys; those that are queues are named as such. STATUS_NO. */
enum status report_not_keys(
    const struct operation *operation, const struct tcpstore_span *keys, size_t count);

/* That there is no such key. */
enum status report_absent(const struct operation *operation, struct tcpstore_span key);

/* That the queue is empty. */
enum status report_empty(const struct operation *operation, struct tcpstore_span key);

/* That it is a key and no queue. */
enum status report_no_queue(const struct operation *operation, struct tcpstore_span key);

#endif
