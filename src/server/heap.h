/* The system's memory, behind struct memory. Freed memory can be given back whatever the
 * sizes and the order of the blocks. */
#ifndef SERVER_HEAP_H
#define SERVER_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "server/pool.h"

struct heap {
    struct pool pool;
};

void heap_init(struct heap *heap);

/* All large blocks must be freed. */
void heap_done(struct heap *heap);

/* A memory_resize_fn; `context` is the heap. */
void *heap_resize(void *context, void *pointer, size_t old_size, size_t size);

/* Bytes that the process holds beyond those of the blocks. */
size_t heap_excess(const struct heap *heap);

/* Gives back some of them, unless blocks share their pages. Returns whether it looked for some.
 */
bool heap_trim(struct heap *heap);

/* From now on heap_trim gives back wherever there are many free pages, not only where much was
 * freed. */
void heap_mark_all(struct heap *heap);

#endif
