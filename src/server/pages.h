/* Memory from the system, in whole pages. */
#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include <stddef.h>

/* Zeroed; each page becomes the process's when it is touched. NULL if the system refuses it.
 * Unmap it with munmap. */
void *pages_map(size_t size);

#endif
