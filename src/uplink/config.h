/* What a relay is told when it starts. */
#ifndef UPLINK_CONFIG_H
#define UPLINK_CONFIG_H

#include "secure/secure_stream.h"
#include "server/acceptor.h"
#include "server/client_log.h"
#include "server/turns.h"
#include "uplink/uplink_client.h"

/* Where a store may be found. */
struct upstream {
    char *host;
    char *port;
};

/* HTTP at the relay's ports. */
struct uplink_http {
    /* Why it is not served to the peer, a static string; NULL: it is, here or by the store. */
    const char *(*refuse)(
        void *context, const union address *peer, const struct uplink_port *port);

    /* Serves it here to the peer of the stream, as uplink_shared's serve_http. */
    bool (*serve)(
        void *context, struct stream *stream, const union address *peer, struct span begun);

    void *context;
};

/* The stores of jobs, of which the store tells. */
struct uplink_stores {
    /* One has opened. False: it cannot have. */
    bool (*opened)(void *context, uint16_t port, struct span name);

    /* One has closed; maybe one for which there was no memory. */
    void (*closed)(void *context, uint16_t port);

    /* The store tells of all again. */
    void (*forgotten)(void *context);

    void *context;
};

/* All pointers are borrowed. */
struct uplink_config {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    struct memory *memory;
    const struct secure *secure;      /* NULL: without TLS */
    const struct upstream *upstreams; /* they are tried in turn */
    size_t upstream_count;            /* at least 1 */
    uint32_t max_clients;
    uint64_t validate_ms;    /* for a client's first bytes */
    const bool *is_draining; /* then new clients are refused, but for HTTP */

    /* Accepts the clients, once it listens; NULL: their processes are not told. */
    const struct acceptor *identified;

    /* A client has come or gone. */
    void (*changed)(void *context);

    /* Its store has forgotten it: its clients are disconnected. */
    void (*forgotten)(void *context);

    void *context;

    struct uplink_http http;
    struct uplink_stores stores;
};

#endif
