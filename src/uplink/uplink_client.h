/*
 * A client of this relay: what it sends goes up the trunk, and what comes down goes to it. Call
 * the functions on the loop's thread.
 */
#ifndef UPLINK_UPLINK_CLIENT_H
#define UPLINK_UPLINK_CLIENT_H

#include "processes/processes.h"
#include "server/address.h"
#include "server/deadlines.h"
#include "server/stream.h"
#include "trunk/trunk.h"
#include "trunk/window.h"

struct uplink_client;

/* What the clients of a relay share. */
struct uplink_shared {
    struct memory *memory;
    struct trunk trunk;
    struct deadlines deadlines; /* for clients that have to read what is left */
    uint8_t *buffer;            /* of ITEM_BYTES_MAX bytes; clients read into it */
    size_t window;              /* bytes that the store may have sent to a client */

    /* There is something to be sent soon. */
    void (*wake)(struct uplink_shared *shared);

    /* The client has left, at both ends, and its stream is freed: its number may be used again,
     * and the callee frees it. */
    void (*gone)(struct uplink_shared *shared, struct uplink_client *client);

    /* Its stream is closed: a line for the log. `reason` is a static string. */
    void (*left)(
        struct uplink_shared *shared, const struct uplink_client *client, const char *reason);
};

struct uplink_client {
    struct list seeking; /* identifying.c's, while its process is sought */
    size_t sought_index; /* likewise */
    struct uplink_shared *shared;
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

/* Opens the client of the connected socket `fd`, which it owns from then on. `is_local`: it
 * runs on this host. It may be dropped at once. Returns libuv's error; then `fd` is still the
 * caller's. */
TCPSTORE_MUST_USE
int uplink_client_open(
    struct uplink_client *client, struct uplink_shared *shared, uv_loop_t *loop, int fd,
    uint32_t number, const union address *peer, bool is_local);

/* Tells the store which process of this host it is, unless it has left. */
void uplink_client_tell_about(struct uplink_client *client, const struct process *process);

/* Sends it bytes from the store. */
void uplink_client_deliver(struct uplink_client *client, struct span bytes);

/* The store has taken so many of its bytes. False: it cannot have. */
TCPSTORE_MUST_USE
bool uplink_client_told(struct uplink_client *client, uint32_t taken);

/* The store has disconnected it: it gets what it was sent before. */
void uplink_client_leave(struct uplink_client *client);

/* There is room for its bytes again. */
void uplink_client_go_on(struct uplink_client *client);

/* Tells the store that it has left. Its stream is still open. */
void uplink_client_tell_left(struct uplink_client *client);

/* It has not read what is left in time. */
void uplink_client_expire(struct uplink_client *client);

/* Disconnects it at once; the store is not told. `reason` is a static string. */
void uplink_client_drop(struct uplink_client *client, const char *reason);

#endif
