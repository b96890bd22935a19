/* What has those names, of many, in few round trips. */
#ifndef CLI_PRESENCE_H
#define CLI_PRESENCE_H

#include <tcpstore/client.h>

/* How many keys are asked for in one flight; more take one after the other. */
#define PRESENCE_FLIGHT 8192

/* Sets ret_there[i] to 1 if there is keys[i], or a queue of that name that holds an entry,
 * which CHECK cannot tell apart, and to 0 otherwise. Each flight gets the whole timeout. After
 * an error, those of tcpstore_batch_run, only some are set. */
TCPSTORE_MUST_USE
int presence_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_there);

/* Sets ret_lengths[i] to how many entries the queue of that name holds, and to 0 where a key
 * has the name, too; but one whose value is empty cannot be seen beside a queue. A server of
 * PyTorch from before it had queues closes the connection instead: then it is made again, and
 * there are no queues. Errors as above, or as tcpstore_client_reconnect. */
TCPSTORE_MUST_USE
int presence_of_queues(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_lengths);

#endif
