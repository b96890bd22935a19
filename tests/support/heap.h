/* malloc, calloc, realloc and strdup that refuse on demand. The linker sends the calls of the
 * code under test here. free() frees their blocks. */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Refuses only the `nth` request of this thread from now; 1 is the next, 0 none. */
void heap_refuse(size_t nth);

/* Whether that request has been refused. */
bool heap_has_refused(void);

/* Refuses only the `nth` request from now of all other threads together. 0: none. */
void heap_refuse_elsewhere(size_t nth);

/* Whether that request has been refused. */
bool heap_has_refused_elsewhere(void);

/* Refuses requests of any thread for more than `size` bytes. SIZE_MAX refuses none. */
void heap_refuse_above(size_t size);

/* The size of the largest request of this thread since the last call. */
size_t heap_largest(void);

#endif
