#include "server/heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void *heap_resize(void *context, void *pointer, size_t size)
{
    (void)context;
    if (size > 0)
        return realloc(pointer, size);
    free(pointer);
    return NULL;
}

void heap_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
