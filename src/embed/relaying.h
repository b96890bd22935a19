/* The part of a server that is a relay. Call its functions on the loop's thread, except
 * relaying_init. */
#ifndef EMBED_RELAYING_H
#define EMBED_RELAYING_H

#include <tcpstore/server.h>

#include "uplink/uplink.h"

/* One that is all zero is no relay. */
struct relaying {
    struct uplink *uplink;
    struct upstream *upstreams; /* their texts are ours */
    size_t count;
    struct client_log log;
};

/* `config` without the log and the upstreams. TCPSTORE_ENOMEM: nothing is left. */
TCPSTORE_MUST_USE
int relaying_init(
    struct relaying *relaying, const struct tcpstore_server_options *options,
    const struct log *log, struct uplink_config config, struct tcpstore_error *error);

static inline bool relaying_is_on(const struct relaying *relaying)
{
    return relaying->uplink != NULL;
}

/* After turns_close. */
void relaying_close(struct relaying *relaying);

/* Call it when the loop has run after relaying_close. */
void relaying_done(struct relaying *relaying);

#endif
