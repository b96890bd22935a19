/*
 * Bytes on their way out, in order. Small ones are copied next to each other; large values stay
 * in their blobs.
 *
 * The handlers of requests fill it. Its writer takes views of the front and consumes what was
 * written. Not thread-safe.
 */
#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

#include <tcpstore/error.h>

#include "base/blob.h"

enum {
    OUTBOX_PREPARED = 4 /* pieces for which outbox_prepare makes room */
};

struct outbox {
    struct memory *memory;
    struct slice *pieces; /* each owns a share of its blob */
    size_t first;         /* index of the first piece that is not consumed */
    size_t end;
    size_t capacity;   /* of `pieces` */
    struct blob *fill; /* small bytes are copied here; the newest pieces point into it */
    uint8_t *tail;     /* its first free byte */
    uint8_t *tail_end; /* the byte after its last one */
    size_t growable;   /* bytes by which the last piece can grow at `tail` */
    size_t fill_size;  /* default capacity of `fill`; a larger reservation gets its own blob */
    size_t bytes;      /* not yet consumed */
    size_t limit;      /* maximum of `bytes` */
};

/* Allocates nothing. Room for small bytes is allocated in blobs of `fill_size` bytes. */
void outbox_init(struct outbox *outbox, struct memory *memory, size_t fill_size, size_t limit);

/* Drops all bytes and frees everything. */
void outbox_done(struct outbox *outbox);

/* Drops all bytes. It keeps its array of pieces and one fill: once an outbox has both, it needs
 * no memory for up to `fill_size` small bytes whenever it is empty. */
void outbox_clear(struct outbox *outbox);

/* Bytes that are to be written before the next call, or why there are none. It is returned in
 * registers: the address of a local would cost every request the guard of dispatch's stack, six
 * instructions. */
struct reserved {
    uint8_t *bytes;
    int error;
};

/*
 * Adds `len` contiguous bytes, which the caller writes. Errors:
 *
 * TCPSTORE_ENOMEM   memory is refused
 * TCPSTORE_EOUTPUT  the limit would be exceeded
 */
TCPSTORE_MUST_USE
static inline struct reserved outbox_reserve(struct outbox *outbox, size_t len);

/*
 * Makes room for `len` bytes in up to OUTBOX_PREPARED pieces: adding them cannot fail until the
 * outbox is cleared or consumed. Errors as outbox_reserve.
 */
TCPSTORE_MUST_USE
static inline int outbox_prepare(struct outbox *outbox, size_t len);

/* Adds bytes: shares their blob if they are many and lie in one, otherwise copies them. Errors
 * as outbox_reserve; then nothing was added. */
TCPSTORE_MUST_USE
int outbox_append(struct outbox *outbox, const struct slice *bytes);

/* Whether outbox_append would copy these bytes, so that outbox_reserve serves as well. */
bool outbox_copies(const struct slice *bytes);

/* The new limit is not below `bytes`. */
static inline void outbox_set_limit(struct outbox *outbox, size_t limit);

/* What an outbox holds at one moment. */
struct outbox_mark {
    size_t pieces;
    size_t last_len; /* of the last piece */
    size_t bytes;
};

static inline struct outbox_mark outbox_mark(const struct outbox *outbox);

/* Drops what was added after the mark. Nothing may have been consumed since. */
void outbox_rewind(struct outbox *outbox, const struct outbox_mark *mark);

/* Appends all bytes of `source` and clears it. After an error `source` is unchanged and
 * `outbox` may hold some of them. */
TCPSTORE_MUST_USE
int outbox_move(struct outbox *outbox, struct outbox *source);

/* Gets up to `count` views of the first bytes, valid until these are consumed or the outbox is
 * cleared. Returns the number of views. */
size_t outbox_peek(const struct outbox *outbox, struct span *ret_views, size_t count);

/* Drops the first `len` bytes. */
void outbox_consume(struct outbox *outbox, size_t len);

/* Drops pieces, each for one of `*steps`. Returns whether the outbox is empty. */
bool outbox_drop(struct outbox *outbox, long *steps);

/* The slow paths of outbox_reserve and outbox_prepare. */
TCPSTORE_MUST_USE
struct reserved outbox_reserve_slow(struct outbox *outbox, size_t len);
TCPSTORE_MUST_USE
int outbox_prepare_slow(struct outbox *outbox, size_t len);

static inline struct reserved outbox_reserve(struct outbox *outbox, size_t len)
{
    uint8_t *bytes = outbox->tail;

    if (len > outbox->growable)
        return outbox_reserve_slow(outbox, len);
    outbox->tail += len;
    outbox->growable -= len;
    outbox->pieces[outbox->end - 1].span.len += len;
    outbox->bytes += len;
    return (struct reserved){bytes, 0};
}

static inline void outbox_set_limit(struct outbox *outbox, size_t limit)
{
    outbox->limit = limit;
    if (outbox->growable > limit - outbox->bytes)
        outbox->growable = limit - outbox->bytes;
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
    return outbox_prepare_slow(outbox, len);
}

static inline struct outbox_mark outbox_mark(const struct outbox *outbox)
{
    size_t pieces = outbox->end - outbox->first;

    return (struct outbox_mark){
        .pieces = pieces,
        .last_len = pieces == 0 ? 0 : outbox->pieces[outbox->end - 1].span.len,
        .bytes = outbox->bytes,
    };
}

#endif
