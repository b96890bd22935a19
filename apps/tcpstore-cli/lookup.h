/* What has those names, of many, in few round trips. */
/* The values of many keys as they are now, many in one flight, and one at a time in memory. */
/* The answer to one operation of a batch that has run. */
#ifndef CLI_LOOKUP_H
#define CLI_LOOKUP_H

#include <assert.h>

#include <tcpstore/client.h>

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/operation.h"

/* How many keys are asked for in one flight; more take one after the other. */
#define LOOKUP_FLIGHT 8192

/* Sets ret_there[i] to 1 if there is keys[i], or a queue of that name that holds an entry,
 * which CHECK cannot tell apart, and to 0 otherwise. Each flight gets the whole timeout. After
 * an error, those of tcpstore_batch_run, only some are set. */
TCPSTORE_MUST_USE
int lookup_existence(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_there);

/* Sets ret_lengths[i] to how many entries the queue of that name holds, and to 0 where a key
 * has the name, too; but one whose value is empty cannot be seen beside a queue. A server of
 * PyTorch from before it had queues closes the connection instead: then it is made again, and
 * there are no queues. Errors as above, or as tcpstore_client_reconnect. */
TCPSTORE_MUST_USE
int lookup_queue_lengths(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_lengths);

typedef void fetch_fn(
    const struct operation *operation, struct tcpstore_span key, struct tcpstore_span value);

/* Calls `visit` with each key and its value, in their order; keys that are no longer there are
 * left out. A visit may be slow, and must not use the operation's client. */
enum status fetch(
    const struct operation *operation, const struct key_list *keys, fetch_fn *visit);

static inline struct tcpstore_result lookup_reply(
    const struct tcpstore_batch *batch, size_t index)
{
    struct tcpstore_result result = {0};
    int code = tcpstore_batch_result(batch, index, &result);

    assert(code == 0);
    (void)code;
    return result;
}

#endif
