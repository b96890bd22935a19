/* The part of a server that is a relay. Call its functions on the loop's thread, except
 * relaying_init. */
#ifndef EMBED_RELAYING_H
#define EMBED_RELAYING_H

#include <tcpstore/server.h>

#include "embed/relay_http.h"
#include "embed/relay_stores.h"

/* One that is all zero is no relay. */
struct relaying {
    struct uplink *uplink;
    struct upstream *upstreams; /* their texts are ours */
    size_t count;
    struct client_log log;
    struct relay_http http;
    struct relay_stores stores;
};

/* What it uses of its server. All pointers are borrowed. */
struct relaying_uses {
    const struct log *log;
    const struct allow_list *allowed;
    const struct allow_list *http_allowed;
    struct bridges *bridges;
    const struct acceptor *beside; /* the first port's */
    void (*told)(void *context, uint16_t port, const char *name, bool is_open);
    void *context; /* of `told`, which is relay_stores_config's */
};

/* `config` without the log, the upstreams, HTTP and the stores. TCPSTORE_ENOMEM,
 * TCPSTORE_ESYSTEM: nothing is left. */
TCPSTORE_MUST_USE
int relaying_init(
    struct relaying *relaying, const struct tcpstore_server_options *options,
    struct uplink_config config, const struct relaying_uses *uses,
    struct tcpstore_error *error);

static inline bool relaying_is_on(const struct relaying *relaying)
{
    return relaying->uplink != NULL;
}

/* After turns_close. */
void relaying_close(struct relaying *relaying);

/* Call it when the loop has run after relaying_close. */
void relaying_done(struct relaying *relaying);

#endif
