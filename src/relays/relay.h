/*
 * A relay, as the store sees it: its clients, and what is on its way in both directions. It
 * outlives its links. Call the functions on the loop's thread.
 */
#ifndef RELAYS_RELAY_H
#define RELAYS_RELAY_H

#include "relays/relayed.h"
#include "server/turns.h"
#include "trunk/greeting.h"
#include "trunk/opening.h"

struct relay;

/* All pointers are borrowed. */
struct relay_config {
    struct turns *turns;
    struct memory *memory;
    size_t high_water; /* bytes to the relay that are not acknowledged: its clients pause */
    bool identifies;   /* else what relays tell of their clients' processes is dropped */

    /* A client has connected to the relay. The callee sets the stream's owner and serves the
     * client, or returns false: then it may come no more. */
    bool (*opened)(
        void *context, struct relay *relay, const struct opening *opening,
        struct stream *stream);

    /* There may be something to be sent; or the relay has failed, and has to be ended. */
    void (*ready)(void *context, struct relay *relay);

    void *context;
};

/* A number of a session. */
struct slot {
    struct relayed *relayed; /* NULL: the client has left here */
    bool is_taken;           /* until it has left at both ends */
    bool has_left;           /* at the relay */
};

struct relay {
    const struct relay_config *config;
    struct relayed_shared shared;
    struct slot *slots;
    uint32_t slot_count;
    uint32_t next; /* slot, to go on first when there is room again */
    struct turn turn;
    uint8_t id[GREETING_ID_SIZE];
    uint8_t host[GREETING_TEXT_MAX]; /* on which it runs, as it says */
    size_t host_len;
};

/* Allocates nothing. Of `hello`, which has at most GREETING_TEXT_MAX bytes of a name, it copies
 * this and the id. */
void relay_init(
    struct relay *relay, const struct relay_config *config, const struct hello *hello);

/* Frees everything, when no stream is left: see shared.streams. */
void relay_done(struct relay *relay);

/* Takes a frame of items, or an acknowledgement. False: the relay breaks the rules, or memory
 * was refused; end it. */
TCPSTORE_MUST_USE
bool relay_take(struct relay *relay, const struct frame *frame);

/* A store of a job has opened at `port`, or is closed. */
void relay_tell_store(struct relay *relay, uint16_t port, struct span name, bool is_open);

/* All of its clients have left: `status` is libuv's, and says why. */
void relay_end(struct relay *relay, int status);

/* Tells the owners of its closed streams. When turns are closed, nothing else does. */
void relay_tell_closed(struct relay *relay);

#endif
