/*
 * The clients of a relay: admits them, numbers them, and takes what the store sends them. Call
 * the functions on the loop's thread.
 */
#ifndef UPLINK_UPLINK_CLIENTS_H
#define UPLINK_UPLINK_CLIENTS_H

#include "uplink/config.h"
#include "uplink/identifying.h"

/* A number of a session; NULL: it is free. */
struct uplink_slot {
    struct uplink_client *client;
};

struct uplink_clients {
    const struct uplink_config *config;
    struct uplink_shared shared;
    struct identifying identifying;
    struct uplink_slot *slots; /* by number */
    uint32_t slot_count;
    uint32_t free_hint;   /* no lower number is free */
    uint32_t connections; /* open streams */
    uint32_t speaking;    /* clients that speak the store's protocol: HTTP's are none */
    uint8_t buffer[ITEM_BYTES_MAX];

    /* Whether HTTP is the store's to answer now. */
    bool (*finds_store)(const struct uplink_clients *clients);
};

/* The pointers are borrowed. The caller initializes shared.trunk. */
void uplink_clients_init(
    struct uplink_clients *clients, const struct uplink_config *config,
    void (*wake)(struct uplink_shared *shared),
    bool (*finds_store)(const struct uplink_clients *clients));

/* Serves the client that is connected to `port` by the socket `fd`, which it owns from now on,
 * or refuses it, with a line in the log. `is_local`: the client runs on this host. `port` is
 * borrowed. */
void uplink_clients_admit(
    struct uplink_clients *clients, int fd, const union address *peer, bool is_local,
    const struct uplink_port *port);

/* The same for a client that is connected by a stream, which has no owner yet: that of another
 * relay, or one with TLS. False: it is refused, and the stream is still the caller's. */
bool uplink_clients_adopt(
    struct uplink_clients *clients, struct stream *stream, const union address *peer,
    const struct uplink_port *port);

/* Takes an item of the store that is for a client. False: it makes no sense. */
TCPSTORE_MUST_USE
bool uplink_clients_take(struct uplink_clients *clients, const struct item *item);

/* There is room for their bytes again. */
void uplink_clients_go_on(struct uplink_clients *clients);

/* Disconnects those that have connected to `port` and are unclear yet: it is used no more. */
void uplink_clients_leave_port(struct uplink_clients *clients, const struct uplink_port *port);

/* Disconnects all but those that are unclear yet. `reason` is a static string. */
void uplink_clients_drop(struct uplink_clients *clients, const char *reason);

/* Tells the store that all leave. */
void uplink_clients_tell_left(struct uplink_clients *clients);

/* Disconnects all. */
void uplink_clients_close(struct uplink_clients *clients);

/* Frees everything, when the loop has run after uplink_clients_close. */
void uplink_clients_done(struct uplink_clients *clients);

#endif
