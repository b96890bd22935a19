/* An allocator for struct memory that refuses on demand, counts its blocks and checks the bytes
 * that the memory has charged. New blocks are filled with a pattern. */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

#include <stdbool.h>

#include "base/memory.h"

struct allocator {
    size_t requests;     /* for memory, so far */
    size_t refuse_first; /* number of the first request to refuse, counted from 1; 0: none */
    size_t refuse_count; /* number of requests in a row to refuse */
    size_t refused;      /* so far */
    size_t blocks;       /* allocated and not freed */
    size_t bytes;        /* in these blocks, with malloc's overhead as in memory_footprint */
};

/* Makes `memory` use `allocator`, without a limit. */
void allocator_init(struct allocator *allocator, struct memory *memory);

/* Refuses only the `nth` request from now; 1 is the next. */
void allocator_refuse(struct allocator *allocator, size_t nth);

void allocator_refuse_all(struct allocator *allocator);
void allocator_refuse_none(struct allocator *allocator);

/* Whether the request that allocator_refuse has chosen has arrived. */
bool allocator_has_refused(const struct allocator *allocator);

/* Fails the test unless the memory has charged exactly the allocated bytes. */
void allocator_check(const struct allocator *allocator, const struct memory *memory);

/* Gives freed blocks back. Fails the test if anything is allocated or charged then. */
void allocator_check_empty(const struct allocator *allocator, struct memory *memory);

#endif
