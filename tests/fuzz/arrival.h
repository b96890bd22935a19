/* A stream that arrives in pieces. The input begins with their sizes: a byte that counts them,
 * and a byte for each. They are used cyclically; without sizes the whole stream arrives at
 * once. Bytes that have not arrived are hidden. */
#ifndef FUZZ_ARRIVAL_H
#define FUZZ_ARRIVAL_H

#include "fuzz/target.h"

enum { ARRIVAL_PIECES_MAX = 15 };

struct arrival {
    struct span stream; /* not consumed */
    size_t arrived;     /* bytes at the front of `stream` */
    struct span sizes;
    size_t next; /* index in `sizes` */
};

/* The rest of the input is the stream; no byte has arrived. */
static inline struct arrival arrival_begin(struct span *input)
{
    struct arrival arrival = {.sizes = take(input, take_byte(input) & ARRIVAL_PIECES_MAX)};

    arrival.stream = *input;
    hide(arrival.stream);
    return arrival;
}

static inline bool arrival_is_over(const struct arrival *arrival)
{
    return arrival->arrived == arrival->stream.len;
}

/* Lets the next piece arrive, at least a byte; the stream must not be over. */
static inline struct span arrival_next(struct arrival *arrival)
{
    struct span left = span_from(arrival->stream, arrival->arrived);
    size_t size = left.len;
    struct span piece;

    if (arrival->sizes.len > 0)
        size = 1 + (size_t)arrival->sizes.bytes[arrival->next++ % arrival->sizes.len];
    piece = take(&left, size);
    show(piece);
    arrival->arrived += piece.len;
    return piece;
}

static inline void arrival_consume(struct arrival *arrival, size_t len)
{
    arrival->stream = span_from(arrival->stream, len);
    arrival->arrived -= len;
}

static inline void arrival_end(const struct arrival *arrival)
{
    show(arrival->stream);
}

#endif
