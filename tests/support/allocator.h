/* An allocator for struct memory: refuses on demand, knows what is taken, and checks that
 * the memory's own account agrees. What it hands out is filled with a pattern. */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

#include <stdbool.h>

#include "base/memory.h"

struct allocator {
    size_t requests;     /* for memory, so far */
    size_t refuse_first; /* number of the first request to refuse, counted from 1; 0: none */
    size_t refuse_count; /* how many in a row */
    size_t refused;      /* so far */
    size_t blocks;       /* taken and not freed */
    size_t bytes;        /* of them, with malloc's overhead as struct memory has it */
};

/* Connects both, with no limit. */
void allocator_init(struct allocator *allocator, struct memory *memory);

/* Refuses the request that is the `nth` from now, 1 being the next, and no other. */
void allocator_refuse(struct allocator *allocator, size_t nth);

void allocator_refuse_all(struct allocator *allocator);
void allocator_refuse_none(struct allocator *allocator);

/* Whether a request that is to be refused has come. */
bool allocator_has_refused(const struct allocator *allocator);

/* Fails the test unless the memory has charged exactly what is taken. */
void allocator_check(const struct allocator *allocator, const struct memory *memory);

/* The same, and that nothing is taken. */
void allocator_check_empty(const struct allocator *allocator, const struct memory *memory);

#endif
