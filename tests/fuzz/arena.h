/* A fast allocator for struct memory. Blocks lie one after another and are not reused before
 * the next input; AddressSanitizer hides free blocks and the gaps between blocks. Refuses one
 * allocation on demand. */
#ifndef FUZZ_ARENA_H
#define FUZZ_ARENA_H

#include "base/memory.h"

enum { ARENA_MEMORY_LIMIT = 1 << 18 }; /* bytes charged at a time */

struct arena {
    size_t used;       /* bytes, in the only arena */
    size_t blocks;     /* allocated and not freed */
    size_t requests;   /* for memory, so far */
    size_t refused_at; /* number of the request to refuse, from 1; 0: none */
};

/* Makes `memory` use the arena. All blocks of the previous arena must have been freed. */
void arena_init(struct arena *arena, struct memory *memory, size_t refused_at);

#endif
