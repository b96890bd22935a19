/*
 * A client of this relay: what it sends goes up the trunk, and what comes down goes to it. Call
 * the functions on the loop's thread.
 */
#ifndef UPLINK_PASSENGER_H
#define UPLINK_PASSENGER_H

#include "server/address.h"
#include "server/deadlines.h"
#include "server/stream.h"
#include "trunk/trunk.h"
#include "trunk/window.h"

struct passenger;

/* What the clients of a relay share. */
struct cabin {
    struct memory *memory;
    struct trunk trunk;
    struct deadlines deadlines; /* for clients that have to read what is left */
    uint8_t *buffer;            /* of ITEM_BYTES_MAX bytes; clients read into it */
    size_t window;              /* bytes that the store may have sent to a client */
    bool has_failed;            /* memory for an item that must not be lost was refused */

    /* There is something to be sent soon. */
    void (*wake)(struct cabin *cabin);

    /* The client has left, at both ends, and its stream is freed: its number may be used again,
     * and the callee frees it. */
    void (*gone)(struct cabin *cabin, struct passenger *passenger);

    /* Its stream is closed: a line for the log. `reason` is a static string. */
    void (*left)(struct cabin *cabin, const struct passenger *passenger, const char *reason);
};

struct passenger {
    struct cabin *cabin;
    struct stream *stream; /* NULL: it is freed */
    uint32_t number;
    union address peer;
    struct window up;   /* to the store */
    struct window down; /* from it */
    size_t unwritten;   /* bytes that the stream was given since it had no backlog */
    struct deadline deadline;
    bool reads;
    bool is_leaving; /* the store has sent all */
    bool has_left;   /* it has told the store so */
    bool is_closing;
};

/* Takes the client of the connected socket `fd`, which it owns from then on, aboard. It may be
 * ejected at once. Returns libuv's error; then `fd` is still the caller's. */
TCPSTORE_MUST_USE
int passenger_board(
    struct passenger *passenger, struct cabin *cabin, uv_loop_t *loop, int fd, uint32_t number,
    const union address *peer);

/* Sends it bytes from the store. */
void passenger_deliver(struct passenger *passenger, struct span bytes);

/* The store has taken so many of its bytes. False: it cannot have. */
TCPSTORE_MUST_USE
bool passenger_told(struct passenger *passenger, uint32_t taken);

/* The store has disconnected it: it gets what it was sent before. */
void passenger_leave(struct passenger *passenger);

/* There is room for its bytes again. */
void passenger_go_on(struct passenger *passenger);

/* Tells the store that it has left. Its stream is still open. */
void passenger_say_goodbye(struct passenger *passenger);

/* It has not read what is left in time. */
void passenger_expire(struct passenger *passenger);

/* Disconnects it at once; the store is not told. `reason` is a static string. */
void passenger_eject(struct passenger *passenger, const char *reason);

#endif
