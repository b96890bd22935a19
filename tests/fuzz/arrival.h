/* A stream that comes in pieces, whose sizes the input begins with: a byte that counts them,
 * and a byte for each. They are used in turn; a stream without any comes at once. What has not
 * come yet is hidden. */
#ifndef FUZZ_ARRIVAL_H
#define FUZZ_ARRIVAL_H

#include "fuzz/target.h"

enum { ARRIVAL_PIECES_MAX = 15 };

struct arrival {
    struct span stream; /* what has not been consumed, come or not */
    size_t come;        /* bytes at its front */
    struct span sizes;
    size_t next; /* of them */
};

/* All of the input is the stream from here on; nothing of it has come. */
static inline struct arrival arrival_begin(struct span *input)
{
    struct arrival arrival = {.sizes = take(input, take_byte(input) & ARRIVAL_PIECES_MAX)};

    arrival.stream = *input;
    hide(arrival.stream);
    return arrival;
}

static inline bool arrival_is_over(const struct arrival *arrival)
{
    return arrival->come == arrival->stream.len;
}

/* The next piece comes, a byte of it at the least; the stream must not be over. */
static inline struct span arrival_next(struct arrival *arrival)
{
    struct span left = span_from(arrival->stream, arrival->come);
    size_t size = left.len;
    struct span piece;

    if (arrival->sizes.len > 0)
        size = 1 + (size_t)arrival->sizes.bytes[arrival->next++ % arrival->sizes.len];
    piece = take(&left, size);
    show(piece);
    arrival->come += piece.len;
    return piece;
}

static inline void arrival_consume(struct arrival *arrival, size_t len)
{
    arrival->stream = span_from(arrival->stream, len);
    arrival->come -= len;
}

static inline void arrival_end(const struct arrival *arrival)
{
    show(arrival->stream);
}

#endif
