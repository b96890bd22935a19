/*
 * The items that one end of a trunk sends. It numbers them, gathers them in frames, and keeps
 * these until the other end has acknowledged them, so that it can send them again on another
 * link. What is added while the link is busy is sent in one frame. Not thread-safe.
 */
#ifndef TRUNK_OUTGOING_H
#define TRUNK_OUTGOING_H

#include <tcpstore/error.h>

#include "base/list.h"
#include "base/memory.h"
#include "trunk/frame.h"

struct outgoing_frame;

struct outgoing {
    struct memory *memory;
    struct list frames;          /* not acknowledged; the oldest first */
    struct outgoing_frame *open; /* the last, if items can be added to it */
    struct outgoing_frame *next; /* to be sent; NULL: all are sent */
    size_t offset;               /* bytes of `next`, or of the acknowledgement, that are sent */
    uint64_t added;              /* the number of the last item; 0: none */
    uint64_t sent;               /* the last that was ever sent whole */
    uint64_t acknowledged;       /* the last that the other end has told */
    uint64_t told;               /* the last that the other end was told to be received */
    size_t bytes;                /* of all frames */
    size_t high_water;
    uint8_t ack[FRAME_ACK_SIZE];
    bool is_acknowledging; /* `ack` is being sent */
};

/* `high_water`: bytes that make it full. Borrows the memory. */
void outgoing_init(struct outgoing *outgoing, struct memory *memory, size_t high_water);

void outgoing_done(struct outgoing *outgoing);

/* Copies the item, behind those before. TCPSTORE_ENOMEM: nothing is added. */
TCPSTORE_MUST_USE
int outgoing_add(struct outgoing *outgoing, const struct item *item);

/* Whether no more should be added until some are acknowledged. */
static inline bool outgoing_is_full(const struct outgoing *outgoing)
{
    return outgoing->bytes >= outgoing->high_water;
}

/* The bytes to be sent next, which also tell that the other end's items up to `received` have
 * been received; empty: none. Valid until the next call; tell outgoing_sent how many were sent.
 */
struct span outgoing_next(struct outgoing *outgoing, uint64_t received);

void outgoing_sent(struct outgoing *outgoing, size_t len);

/* The other end has received the items up to that one: forgets them. False: it cannot have. */
TCPSTORE_MUST_USE
bool outgoing_acknowledge(struct outgoing *outgoing, uint64_t received);

/* Whether outgoing_resume will succeed. */
static inline bool outgoing_can_resume(const struct outgoing *outgoing, uint64_t their_received)
{
    return their_received >= outgoing->acknowledged && their_received <= outgoing->sent;
}

/*
 * Begins to send on another link, to an end that has received the items up to
 * `their_received`, and was told `own_received` in the greeting: what is later is sent, again
 * if need be. False: it cannot have received these, or has told before that it had more.
 */
TCPSTORE_MUST_USE
bool outgoing_resume(struct outgoing *outgoing, uint64_t their_received, uint64_t own_received);

#endif
