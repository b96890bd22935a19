#include "sim/allocate.h"

#include <stdio.h>
#include <stdlib.h>

static void *check(void *pointer)
{
    if (pointer == NULL) {
        fputs("simulate: out of memory: try fewer --clients\n", stderr);
        abort();
    }
    return pointer;
}

void *allocate(size_t count, size_t size)
{
    return check(calloc(count, size));
}

void *reallocate(void *pointer, size_t size)
{
    return check(realloc(pointer, size));
}
