/*
 * The relays of a server: those that have a link, and those that are away and may return. Call
 * the functions on the loop's thread.
 */
#ifndef RELAYS_RELAYS_H
#define RELAYS_RELAYS_H

#include "link/link.h"
#include "relays/relay.h"
#include "server/client_log.h"
#include "server/deadlines.h"

/* All pointers are borrowed. */
struct relays_config {
    uv_loop_t *loop;
    struct turns *turns;
    struct client_log *log;
    struct memory *memory;
    struct welcome welcome; /* without `received` and the path */
    bool identifies;        /* relay_config's */

    /* Whether a proven name is of one relay, so that none of another may go on for it. */
    bool has_own_names;

    /* Whether a relay of this proven name may connect. */
    bool (*allows)(void *context, const char *name);

    /* The way from here to the store: this server, if it is a relay itself, and those behind
     * it. False: it has no store now, and welcomes no new relays. */
    bool (*finds_store)(void *context, struct relay_path *ret_path);

    /* A client has connected to a relay; `peer` has the relay's address, and the client's port.
     * The callee sets the stream's owner and serves the client, or returns false: then it is
     * disconnected. */
    bool (*opened)(
        void *context, const struct opening *opening, const union address *peer,
        struct stream *stream);

    /* The relay is new: the callee tells it which stores are open, by relay_tell_store. */
    void (*arrived)(void *context, struct relay *relay);

    void *context;
};

struct relays {
    struct relays_config config;
    struct relay_config relay_config;
    struct deadlines greetings; /* of links that have not said HELLO */
    uv_timer_t sweep;           /* forgets those that are away; runs while any is */
    struct list connections;    /* links */
    struct list entries;        /* relays */
    size_t count;               /* of these */
    uint8_t buffer[LINK_BUFFER_SIZE];
};

void relays_init(struct relays *relays, const struct relays_config *config);

/* Serves the relay that is connected by the stream, which it owns from now on. `name` is proven
 * and borrowed while the stream is open; "" if nothing proves it. */
void relays_admit(
    struct relays *relays, struct stream *stream, const union address *peer, const char *name);

/* Tells all relays, also those that are away: relay_tell_store. */
void relays_tell_store(struct relays *relays, uint16_t port, struct span name, bool is_open);

/* This server is a relay, and its store has forgotten it: so are its own relays. */
void relays_forget_all(struct relays *relays);

/* Closes all links. Call it after turns_close, and when all clients are disconnected. */
void relays_close(struct relays *relays);

/* Frees everything, when the loop has run after relays_close. */
void relays_done(struct relays *relays);

#endif
