/* Many keys in few round trips: whether they exist, their values, queues; and deletes them. */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include <tcpstore/client.h>

/* How many keys one flight asks about; more keys take several flights, one after the other. */
#define LOOKUP_FLIGHT 8192

/* Sets ret_exist[i] to 1 if keys[i] exists, or a queue with that name holds an entry, which
 * CHECK does not distinguish, otherwise to 0. The timeout applies to each flight. Errors are
 * those of tcpstore_batch_run; after one, only some are set. */
TCPSTORE_MUST_USE
int lookup_existence(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_exist);

/* Deletes the keys, and sets ret_deleted[i] to 1 if keys[i] existed, otherwise to 0. Timeout
 * and errors as above. */
TCPSTORE_MUST_USE
int lookup_delete(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_deleted);

/* Sets ret_lengths[i] to the number of entries in the queue with that name, or to 0 if a key
 * has the name as well; a key with an empty value is not noticed beside a queue. PyTorch's
 * servers from before queues close the connection: then this reconnects and sets all to 0.
 * Errors as above, or as tcpstore_client_reconnect. */
TCPSTORE_MUST_USE
int lookup_queue_lengths(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_lengths);

typedef void lookup_visit_fn(
    void *context, struct tcpstore_span key, struct tcpstore_span value);

/* Calls `visit` with each key that exists and its current value, in order. Only one value at a
 * time is in memory. `visit` may be slow, and must not use the client. */
TCPSTORE_MUST_USE
int lookup_values(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, lookup_visit_fn *visit, void *context, struct tcpstore_error *error);

/* The reply to one operation of a batch that has run. */
struct tcpstore_result lookup_reply(const struct tcpstore_batch *batch, size_t index);

#endif
