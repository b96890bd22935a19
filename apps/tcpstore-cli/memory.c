#include "tcpstore-cli/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/status.h"

void *memory_resize(void *old, size_t count, size_t size)
{
    void *resized = reallocarray(old, count > 0 ? count : 1, size);

    if (resized == NULL)
        memory_exhausted();
    return resized;
}

size_t memory_grown(size_t capacity, size_t needed)
{
    size_t doubled = capacity < 16 ? 32 : capacity * 2;

    return doubled > needed ? doubled : needed;
}

void memory_exhausted(void)
{
    fputs(
        "tcpstore-cli: out of memory; ask for less at once, or where there is more of it\n",
        stderr);
    exit(STATUS_FAILED);
}
