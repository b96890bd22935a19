/* An allocator for struct memory that costs a fuzzer little: blocks one after another, none
 * used again before the next input, so that under AddressSanitizer each is hidden before it is
 * handed out, after it is freed, and around its ends. Refuses one allocation on demand. */
#ifndef FUZZ_ARENA_H
#define FUZZ_ARENA_H

#include "base/memory.h"

enum { ARENA_MEMORY_LIMIT = 1 << 18 }; /* bytes that may be charged at a time */

struct arena {
    size_t used;       /* bytes of the one arena that there is */
    size_t blocks;     /* taken and not freed */
    size_t requests;   /* for memory, so far */
    size_t refused_at; /* the number of the one to refuse, from 1; 0: none */
};

/* Connects both. Whatever the arena before it has handed out must be freed. */
void arena_init(struct arena *arena, struct memory *memory, size_t refused_at);

#endif
