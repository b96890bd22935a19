/*
 * Connects to a store's trunk by the name of its host: looks the addresses up, and tries each,
 * with TLS or without. One attempt at a time. Call the functions on the loop's thread.
 */
#ifndef UPLINK_DIALER_H
#define UPLINK_DIALER_H

#include "secure/secure_stream.h"
#include "uplink/remedy.h"

struct dialer;

struct dialer_events {
    /* The callee sets the stream's owner. */
    void (*connected)(struct dialer *dialer, struct stream *stream);

    /* For the reason dialer->why, which dialer->remedy mends. */
    void (*failed)(struct dialer *dialer);
};

enum { DIALER_MS = 3000 /* for each address, and again for its TLS handshake */ };

/* Embedded in what connects. */
struct dialer {
    uv_loop_t *loop;
    struct memory *memory;       /* of the streams */
    const struct secure *secure; /* NULL: without TLS */
    const struct dialer_events *events;
    uv_getaddrinfo_t lookup;
    uv_timer_t timer;      /* of the connection that is being tried */
    uv_poll_t *poll;       /* NULL: none is */
    int fd;                /* of it */
    struct stream *stream; /* whose TLS handshake is under way; NULL: none is */
    const char *host;
    struct addrinfo *found;
    struct addrinfo *next;  /* to be tried */
    struct tls_failure why; /* the last one has failed */
    enum remedy remedy;
    bool is_local; /* the latest connection was to this host */
    bool is_looking_up;
    bool is_closed;
};

/* The pointers are borrowed. */
void dialer_init(
    struct dialer *dialer, uv_loop_t *loop, struct memory *memory, const struct secure *secure,
    const struct dialer_events *events);

/* Calls one of the events later. No attempt may be under way. The texts are borrowed until
 * then. */
void dialer_dial(struct dialer *dialer, const char *host, const char *port);

/* No event follows. The memory is in use until the loop has run, which may wait for a look-up
 * that a thread has begun. */
void dialer_close(struct dialer *dialer);

#endif
