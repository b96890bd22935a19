/*
 * Counts what the rooms execute: basic blocks of their own code, which the compiler counts
 * (-fsanitize-coverage=trace-pc), and bytes that they copy, fill or compare with the C library.
 *
 * The same bytes and calls give the same counts on every run of a program. gcc and clang count
 * differently, by less than a factor of two.
 */
#ifndef COST_COUNTERS_H
#define COST_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct counters {
    uint64_t blocks;
    uint64_t bytes;
};

/* Since the program started. */
extern struct counters counters;

/* For what no compiler counts: the allocator. */
void counters_add_blocks(uint64_t blocks);

#endif
