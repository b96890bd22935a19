/* malloc, calloc, realloc and strdup of the code under test, which the linker sends here: they
 * refuse on demand. What they hand out is free()'s. */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Refuses this thread's request that is the `nth` from now, 1 being the next, and no other; 0:
 * none. */
void heap_refuse(size_t nth);

/* Whether it was, since heap_refuse. */
bool heap_has_refused(void);

/* Refuses requests of all threads for more than `size` bytes; SIZE_MAX: none. */
void heap_refuse_above(size_t size);

/* The most bytes that one request of this thread has asked for since the last call. */
size_t heap_largest(void);

#endif
