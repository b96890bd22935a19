/* Durations, counted by length. Not thread-safe. */
#ifndef SERVER_HISTOGRAM_H
#define SERVER_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_BOUNDS =
        16, /* the first is 10 µs, and each is 10^(1/2) or so of the one before */
    HISTOGRAM_BUCKETS = HISTOGRAM_BOUNDS + 1,
};

/* In ns. */
extern const uint64_t histogram_bounds[HISTOGRAM_BOUNDS];

/* All zero: empty. */
struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS]; /* of durations up to the bound, but above the one
                                           before; the last has no bound */
    uint64_t sum;                       /* ns */
};

void histogram_add(struct histogram *histogram, uint64_t ns);

#endif
