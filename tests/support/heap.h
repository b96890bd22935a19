/* Wrappers of malloc, calloc, realloc and strdup, which the linker makes the code under test
 * call; they refuse on demand. free() takes their memory. */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Refuses only this thread's `nth` request from now; 1 is the next, 0 refuses none. */
void heap_refuse(size_t nth);

/* Whether the refusal has happened since heap_refuse. */
bool heap_has_refused(void);

/* Refuses requests for more than `size` bytes in all threads; SIZE_MAX refuses none. */
void heap_refuse_above(size_t size);

/* The size of this thread's largest request since the last call. */
size_t heap_largest(void);

#endif
