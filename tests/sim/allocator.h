/* The engine's memory, which can be refused. */
#ifndef SIM_ALLOCATOR_H
#define SIM_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"

struct allocator {
    uint32_t refuse_in; /* the allocation that is refused: 1 is the next; 0: none */
    bool has_refused;   /* since allocator_refuse */
    uint64_t refused;   /* so far */
    size_t blocks;      /* taken and not freed */
};

void allocator_init(struct allocator *allocator, struct memory *memory);

/* Refuses the allocation that is the `nth` from now and no other; 0: none. */
void allocator_refuse(struct allocator *allocator, uint32_t nth);

#endif
