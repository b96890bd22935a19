/* Memory for the simulator itself. Aborts if none is left. */
#ifndef SIM_ALLOCATE_H
#define SIM_ALLOCATE_H

#include <stddef.h>

/* The memory is zeroed. */
void *allocate(size_t count, size_t size);

/* `pointer` may be NULL. */
void *reallocate(void *pointer, size_t size);

#endif
