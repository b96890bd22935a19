/* Connections of others that shake hands. Call the functions on the loop's thread. */
#ifndef SECURE_HANDSHAKES_H
#define SECURE_HANDSHAKES_H

#include "secure/secure_stream.h"
#include "server/address.h"
#include "server/deadlines.h"

enum { HANDSHAKES_MAX = 1024 /* at the same time */ };

struct handshakes_events {
    /* The other end is known: secure_stream_peer. The callee sets the stream's owner. */
    void (*ready)(void *context, struct stream *stream, const union address *peer);

    /* The connection is closed. `failure` is valid during the call. */
    void (*failed)(void *context, const union address *peer, const struct tls_failure *failure);
};

struct handshakes {
    const struct secure *secure;
    const struct handshakes_events *events;
    void *context;
    struct deadlines deadlines;
    struct list list;
    size_t count;
};

/* The pointers are borrowed. */
void handshakes_init(
    struct handshakes *handshakes, const struct secure *secure,
    const struct handshakes_events *events, void *context);

/* Begins one on the connected socket `fd`, which it owns from now on. */
void handshakes_begin(struct handshakes *handshakes, int fd, const union address *peer);

/* Closes all connections. No event follows. */
void handshakes_close(struct handshakes *handshakes);

#endif
