/*
 * One connection of a trunk, at either end: reads frames from a stream, and writes what is
 * outgoing. When it breaks, the trunk goes on with another. Call its functions on the loop's
 * thread.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "server/stream.h"
#include "trunk/outgoing.h"
#include "trunk/reader.h"

enum {
    LINK_BUFFER_SIZE = 64 << 10,

    /* Bytes of a frame: so few that all of its items can be executed at once. */
    LINK_FRAME_MAX = FRAME_ITEMS_HEAD + FRAME_ITEM_HEAD + ITEM_BYTES_MAX,
};

struct link;

/* `link` is the one that it concerns; after link_close no event but `closed` follows. */
struct link_events {
    /* A frame, which is borrowed. */
    void (*frame)(struct link *link, const struct frame *frame);

    /* All that was sent is with the kernel: more may be. */
    void (*writable)(struct link *link);

    /* The connection has failed, or its bytes are no frames: `reason` is a static string. The
     * callee closes the link. */
    void (*broken)(struct link *link, const char *reason);

    /* Nothing of the link is in use any more. */
    void (*closed)(struct link *link);
};

/* Embedded in what has a link. */
struct link {
    struct stream *stream;
    struct reader reader;
    struct outbox writing;
    const struct link_events *events;
    uint8_t *buffer;
    bool is_closing;
};

/* Opens the link on a stream without an owner, which it owns from then on. `buffer` has
 * LINK_BUFFER_SIZE bytes, is borrowed, and may be that of all links. */
void link_open(
    struct link *link, struct stream *stream, struct memory *memory, uint8_t *buffer,
    const struct link_events *events);

/* Reads from now on. False: the link is broken; close it. */
TCPSTORE_MUST_USE
bool link_start(struct link *link);

/* Sends a frame of a greeting. False: the link is broken; close it. */
TCPSTORE_MUST_USE
bool link_greet(struct link *link, struct span frame);

/* Sends what is outgoing, as far as the kernel takes it, and that the other end's items up to
 * `received` have come. False: the link is broken; close it. */
TCPSTORE_MUST_USE
bool link_pump(struct link *link, struct outgoing *outgoing, uint64_t received);

/* `closed` follows, in a later iteration of the loop. */
void link_close(struct link *link);

#endif
