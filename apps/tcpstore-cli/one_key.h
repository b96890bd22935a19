/* What several commands do alike with one key: write a value, read one, read a number. */
#ifndef CLI_ONE_KEY_H
#define CLI_ONE_KEY_H

#include "tcpstore-cli/operation.h"

typedef int write_fn(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

typedef int read_fn(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value);

/* Fails with TCPSTORE_ENOKEY instead of waiting. */
typedef int read_now_fn(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value);

/* Of the arguments KEY VALUE. */
enum status exchange_write(const struct operation *operation, write_fn *write);

/* After a write of so many keys, one at least, whose result was `code`. It has no answer: what
 * the server refuses shows at the PING behind it. */
enum status exchange_confirm(
    const struct operation *operation, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, int code, struct tcpstore_error *error);

/* STATUS_OK: to go on; otherwise it has said why not. */
typedef enum status decide_fn(const struct operation *operation, struct tcpstore_span key);

struct reading {
    read_now_fn *read_now;
    decide_fn *before_waiting; /* where there is nothing to be read now */
    read_fn *read;
    decide_fn *before_empty; /* before an empty value is printed; NULL: it always is */
};

/* Of the argument KEY; prints it. */
enum status exchange_read(const struct operation *operation, const struct reading *reading);

#endif
