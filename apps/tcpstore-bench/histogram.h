/*
 * A high dynamic range histogram, after Gil Tene's HdrHistogram: counts values from 0 to 2^40
 * with a relative error of at most one in 1,024, in constant time and memory, so that rare
 * values are as exact as common ones.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_SUB_BITS = 10,
    HISTOGRAM_MAX_BITS = 40,
    HISTOGRAM_SLOTS = (HISTOGRAM_MAX_BITS - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS,
};

/* All zero: empty. */
struct histogram {
    uint64_t count;
    uint64_t sum;
    uint64_t max;
    uint64_t slots[HISTOGRAM_SLOTS];
};

/* A value of 2^40 or more counts as 2^40 - 1; `max` stays exact. */
void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times);

/* The smallest value that is not exceeded by `fraction` of all values, rounded up within the
 * error; 0 if the histogram is empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double fraction);

#endif
