/* Memory that is there: where it is not, the program ends with a line on stderr. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>

/* As reallocarray. */
void *memory_resize(void *old, size_t count, size_t size);

/* The room to grow an array to that holds at least `needed` entries: twice `capacity` or more.
 */
size_t memory_grown(size_t capacity, size_t needed);

/* Ends the program. */
void memory_exhausted(void) __attribute__((noreturn));

#endif
