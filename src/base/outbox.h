/*
 * Bytes on their way out, in order: small ones copied next to each other, large
 * values referred to where they lie.
 *
 * Handling requests fills it; whoever writes takes views of its front and consumes
 * what was taken. Not thread-safe.
 */
#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

#include "base/blob.h"

enum { OUTBOX_PREPARED = 4 };

struct outbox {
    struct memory *memory;
    struct slice *pieces; /* a share of each one's blob is owned */
    size_t first;         /* of the pieces not yet consumed */
    size_t end;
    size_t capacity;   /* of `pieces` */
    struct blob *fill; /* where small bytes are copied to, the newest pieces point into it */
    uint8_t *tail;     /* the first free byte in it */
    uint8_t *tail_end; /* the byte after its last one */
    size_t growable;   /* bytes by which the last piece can grow at `tail`; 0: it cannot */
    size_t fill_size;  /* default size of a block; a larger reservation gets its own */
    size_t bytes;      /* not yet consumed */
    size_t limit;      /* the most that `bytes` may become */
};

/* Allocates nothing. `fill_size`: how much room to take at a time for small bytes. */
void outbox_init(struct outbox *outbox, struct memory *memory, size_t fill_size, size_t limit);

/* Forgets all bytes and frees everything. */
void outbox_done(struct outbox *outbox);

/* Forgets all bytes but keeps what it has allocated, for the next use. */
void outbox_clear(struct outbox *outbox);

/*
 * Makes room for `len` contiguous bytes, which count as added; the caller writes them at
 * *ret_bytes before the next call.
 *
 * TCPSTORE_ENOMEM   memory is refused
 * TCPSTORE_EOUTPUT  past the limit
 */
static inline int outbox_reserve(struct outbox *outbox, size_t len, uint8_t **ret_bytes);

/*
 * Makes sure that what follows cannot fail, until the outbox is cleared or consumed: adding up
 * to `len` bytes in all, in up to OUTBOX_PREPARED pieces. Errors as outbox_reserve.
 */
static inline int outbox_prepare(struct outbox *outbox, size_t len);

/* Adds bytes: by sharing their blob if they are many and lie in one, or else by copying.
 * Errors as above; then nothing was added. */
int outbox_append(struct outbox *outbox, const struct slice *bytes);

/* Whether outbox_append copies these bytes, so that they can as well be written to a place from
 * outbox_reserve. */
bool outbox_copies(const struct slice *bytes);

/* Appends everything that `source` holds, and clears it. After an error `source` is whole
 * and `outbox` may hold part of it. */
int outbox_move(struct outbox *outbox, struct outbox *source);

/* Up to `count` views of the first bytes, valid until they are consumed or the outbox is
 * cleared. Returns how many. */
size_t outbox_peek(const struct outbox *outbox, struct span *ret_views, size_t count);

/* Drops the first `len` bytes. */
void outbox_consume(struct outbox *outbox, size_t len);

/* The rest of outbox_reserve and outbox_prepare, whose usual cases are inline below. */
int outbox_reserve_slowly(struct outbox *outbox, size_t len, uint8_t **ret_bytes);
int outbox_prepare_slowly(struct outbox *outbox, size_t len);

static inline int outbox_reserve(struct outbox *outbox, size_t len, uint8_t **ret_bytes)
{
    if (len > outbox->growable)
        return outbox_reserve_slowly(outbox, len, ret_bytes);
    *ret_bytes = outbox->tail;
    outbox->tail += len;
    outbox->growable -= len;
    outbox->pieces[outbox->end - 1].span.len += len;
    outbox->bytes += len;
    return 0;
}

static inline bool outbox_has_room_for_pieces(const struct outbox *outbox)
{
    return outbox->capacity - outbox->end >= OUTBOX_PREPARED;
}

static inline int outbox_prepare(struct outbox *outbox, size_t len)
{
    if (len <= (size_t)(outbox->tail_end - outbox->tail) &&
        len <= outbox->limit - outbox->bytes && outbox_has_room_for_pieces(outbox))
        return 0;
    return outbox_prepare_slowly(outbox, len);
}

#endif
