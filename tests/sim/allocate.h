/* Memory for the simulator itself, which gives up where there is none. */
#ifndef SIM_ALLOCATE_H
#define SIM_ALLOCATE_H

#include <stddef.h>

/* All zero. */
void *allocate(size_t count, size_t size);

/* `pointer` NULL allocates. */
void *reallocate(void *pointer, size_t size);

#endif
