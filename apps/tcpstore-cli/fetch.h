/* The values of many keys as they are now, many in one flight, and one at a time in memory. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/command.h"

typedef void fetch_fn(
    const struct call *call, struct tcpstore_span key, struct tcpstore_span value);

/* Calls `visit` with each key and its value, in their order; keys that are no longer there are
 * left out. A visit may be slow, and must not use the call's client. */
enum status fetch(const struct call *call, const struct key_list *keys, fetch_fn *visit);

#endif
