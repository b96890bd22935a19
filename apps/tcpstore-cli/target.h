/* Which server the program talks to. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "common/endpoint.h"

/* What --host and --port say; what they leave open, MASTER_ADDR and MASTER_PORT; else
 * 127.0.0.1 and 29500. `host` is NULL and `port` 0 if it was not given. Or says on stderr which
 * of them is wrong and returns -1. */
TCPSTORE_MUST_USE
int target_find(
    const struct flags *flags, const char *host, int port, struct endpoint *ret_target);

#endif
