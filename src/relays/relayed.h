/*
 * The stream of a client that is connected to a relay: it reads and writes items of the relay's
 * trunk. Call the functions on the loop's thread.
 */
#ifndef RELAYS_RELAYED_H
#define RELAYS_RELAYED_H

#include "server/stream.h"
#include "trunk/trunk.h"
#include "trunk/window.h"

struct relayed;

/* What the clients of a relay share. */
struct relayed_shared {
    struct trunk trunk;
    struct list readable; /* streams that may read */
    struct list closing;  /* streams that are closed; their owners have to be told */
    size_t streams;       /* whose owners are not told yet that they are closed */

    /* There is something to be sent, read or told soon. */
    void (*wake)(struct relayed_shared *shared);

    /* The stream is closed here. */
    void (*left)(struct relayed_shared *shared, uint32_t number);
};

struct relayed {
    struct stream stream;
    struct relayed_shared *shared;
    struct list link; /* of one of the shared's lists */
    uint32_t number;  /* of the session */
    struct outbox inbox;
    struct window in;  /* from the relay */
    struct window out; /* to it */
    int end_status;    /* libuv's: the client sends no more; 0: it may */
    bool is_lost;      /* nobody reads what it is sent */
    bool has_begun;    /* bytes have come */
    bool reads;
    bool is_closed;
};

/* Opens a stream that has no owner yet: stream_set_owner comes next. NULL: memory is refused.
 */
struct relayed *relayed_open(
    struct relayed_shared *shared, uint32_t number, struct memory *memory);

/* Frees a stream that got no owner. */
void relayed_discard(struct relayed *relayed);

/* Bytes of the client. False: the relay has sent more than it may. */
TCPSTORE_MUST_USE
bool relayed_receive(struct relayed *relayed, struct span bytes);

/* The client has read so many bytes. False: it cannot have. */
TCPSTORE_MUST_USE
bool relayed_told(struct relayed *relayed, uint32_t taken);

/* The client sends no more: `status` is libuv's. Unless it is UV_EOF, nor does it read. */
void relayed_end(struct relayed *relayed, int status);

/* The shared has room again: those that it was too full for go on. */
void relayed_go_on(struct relayed *relayed);

/* Reads once from a stream of `readable`, which it leaves in that list if there is more. */
void relayed_read_some(struct relayed *relayed);

/* Tells the owner of a stream of `closing`, who frees it. */
void relayed_tell_closed(struct relayed *relayed);

#endif
