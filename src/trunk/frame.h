/*
 * What a trunk's bytes consist of. Integers are little-endian:
 *
 *     frame  u32 the length of what follows, u8 type, payload
 *     ITEMS  u64 the number of the first item, u64 the last item that was received from the
 *            other side, u32 count, items
 *     item   u32 session, u8 kind, u32 length, bytes
 *     ACK    u64 the last item that was received
 *
 * The payloads of HELLO, WELCOME and REFUSED are greeting.h's.
 */
#ifndef TRUNK_FRAME_H
#define TRUNK_FRAME_H

#include "trunk/item.h"

enum frame_type {
    FRAME_HELLO = 1,
    FRAME_WELCOME = 2,
    FRAME_REFUSED = 3,
    FRAME_ITEMS = 4,
    FRAME_ACK = 5,
};

enum {
    FRAME_HEAD = 5,
    FRAME_ITEMS_HEAD = FRAME_HEAD + 8 + 8 + 4,
    FRAME_ITEM_HEAD = 9,
    FRAME_ACK_SIZE = FRAME_HEAD + 8,
};

struct frame {
    enum frame_type type;
    struct span payload; /* borrowed */
};

enum frame_verdict {
    FRAME_MORE,  /* incomplete */
    FRAME_WHOLE, /* complete */
    FRAME_BAD, /* of no known type, or longer than allowed: the sender speaks something else */
};

/*
 * Scans `bytes`, which start with the first byte of a frame, of at most `max` bytes in all.
 * *ret_size is the frame's size, or, after FRAME_MORE, a lower bound that is above bytes.len.
 * *ret_frame is valid only after FRAME_WHOLE.
 */
enum frame_verdict frame_scan(
    struct span bytes, size_t max, struct frame *ret_frame, size_t *ret_size);

/* Writes the head of a frame with a payload of `len` bytes. Returns the byte after it. */
uint8_t *frame_put_head(uint8_t *bytes, enum frame_type type, size_t len);

/* Writes FRAME_ACK_SIZE bytes. */
void frame_put_ack(uint8_t *bytes, uint64_t received);

/* False: the frame is malformed. */
bool frame_read_ack(const struct frame *frame, uint64_t *ret_received);

/* The items of a frame that are not taken yet. */
struct frame_items {
    uint64_t first;    /* the number of the next one */
    uint64_t received; /* what the sender has received */
    uint32_t left;
    struct span rest; /* borrowed */
};

/* Writes FRAME_ITEMS_HEAD bytes; the items have `len` bytes. */
void frame_put_items_head(
    uint8_t *bytes, uint64_t first, uint64_t received, uint32_t count, size_t len);

/* Writes FRAME_ITEM_HEAD bytes, and those of the item, which are at most UINT32_MAX. Returns
 * the byte after them. */
uint8_t *frame_put_item(uint8_t *bytes, const struct item *item);

/* Reads the head and checks every item. False: the frame is malformed. */
bool frame_read_items(const struct frame *frame, struct frame_items *ret_items);

/* Takes the next item; there must be one left. */
struct item frame_take_item(struct frame_items *items);

#endif
