/* The system's memory, behind struct memory: libc's heap, and mappings for large blocks. */
#ifndef SERVER_HEAP_H
#define SERVER_HEAP_H

#include <stddef.h>

/* A memory_resize_fn; `context` is unused. */
void *heap_resize(void *context, void *pointer, size_t old_size, size_t size);

/* Returns freed memory to the system: glibc keeps what is freed in the middle of its heap, such
 * as a job's store. Slow: call it when no client is connected. */
void heap_give_back(void);

#endif
