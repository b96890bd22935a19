/* Large blocks that are freed but not given back to the system, for the next allocations. Their
 * list lies in the blocks themselves. Not thread-safe. */
#ifndef BASE_FREED_H
#define BASE_FREED_H

#include "base/list.h"

/* At the start of a block. */
struct freed_block {
    struct list link;
    size_t size; /* of the block, in bytes */
};

struct freed {
    struct list blocks; /* the latest first */
    size_t bytes;
};

void freed_init(struct freed *freed);

/* As the latest or as the earliest one. */
void freed_add(struct freed *freed, void *block, size_t size);
void freed_add_last(struct freed *freed, void *block, size_t size);

/* The earliest block; NULL if there is none. */
struct freed_block *freed_take_last(struct freed *freed);

/* A block of at least `size` bytes and at most `more` more. Only a few are looked at. NULL if
 * none is found. */
struct freed_block *freed_take_fitting(struct freed *freed, size_t size, size_t more);

#endif
