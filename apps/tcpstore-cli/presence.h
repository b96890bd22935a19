/* Which of many keys are there, in few round trips. */
#ifndef CLI_PRESENCE_H
#define CLI_PRESENCE_H

#include <tcpstore/client.h>

/* How many keys are asked for in one flight; more take one after the other. */
#define PRESENCE_FLIGHT 8192

/* Sets ret_there[i] to whether keys[i] is there, as far as no error comes in between; errors as
 * tcpstore_batch_run, whose time each flight has. */
TCPSTORE_MUST_USE
int presence_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, bool *ret_there);

#endif
