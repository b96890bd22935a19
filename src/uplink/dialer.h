/*
 * Connects to a host by its name: looks its addresses up, and tries each. One attempt at a
 * time. Call the functions on the loop's thread.
 */
#ifndef UPLINK_DIALER_H
#define UPLINK_DIALER_H

#include <stdbool.h>
#include <uv.h>

struct dialer;

struct dialer_events {
    /* `fd` is connected; the callee owns it. */
    void (*connected)(struct dialer *dialer, int fd);

    /* `reason` is a static string. */
    void (*failed)(struct dialer *dialer, const char *reason);
};

enum { DIALER_MS = 3000 /* for each address */ };

/* Embedded in what connects. */
struct dialer {
    uv_loop_t *loop;
    const struct dialer_events *events;
    uv_getaddrinfo_t lookup;
    uv_timer_t timer; /* of the connection that is being tried */
    uv_poll_t *poll;  /* NULL: none is */
    int fd;           /* of it */
    struct addrinfo *found;
    struct addrinfo *next; /* to be tried */
    const char *reason;    /* why the last one has failed */
    bool is_looking_up;
    bool is_closed;
};

void dialer_init(struct dialer *dialer, uv_loop_t *loop, const struct dialer_events *events);

/* Calls one of the events later. No attempt may be under way. */
void dialer_dial(struct dialer *dialer, const char *host, const char *port);

/* No event follows. The memory is in use until the loop has run, which may wait for a look-up
 * that a thread has begun. */
void dialer_close(struct dialer *dialer);

#endif
