/* An allocator for struct memory that refuses on demand, counts what is allocated, and checks
 * that the memory's own account agrees. New blocks are filled with a pattern. */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

#include <stdbool.h>

#include "base/memory.h"

struct allocator {
    size_t requests;     /* for memory, so far */
    size_t refuse_first; /* number of the first request to refuse, from 1; 0: none */
    size_t refuse_count; /* consecutive requests to refuse */
    size_t refused;      /* requests, so far */
    size_t blocks;       /* allocated and not freed */
    size_t bytes; /* in these blocks, including the overhead that struct memory charges */
};

/* Makes `memory` use the allocator, without a limit. */
void allocator_init(struct allocator *allocator, struct memory *memory);

/* Refuses only the `nth` request from now; 1 is the next. */
void allocator_refuse(struct allocator *allocator, size_t nth);

void allocator_refuse_all(struct allocator *allocator);
void allocator_refuse_none(struct allocator *allocator);

/* Whether the refusal that was asked for has happened. */
bool allocator_has_refused(const struct allocator *allocator);

/* Fails the test unless the memory has charged exactly the allocated bytes. */
void allocator_check(const struct allocator *allocator, const struct memory *memory);

/* Fails the test if a block is allocated or a byte charged. */
void allocator_check_empty(const struct allocator *allocator, const struct memory *memory);

#endif
