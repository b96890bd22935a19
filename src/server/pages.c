#include "server/pages.h"

#include <sys/mman.h>

void *pages_map(size_t size)
{
    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    /* cppcheck-suppress invalidFunctionArg ; no file */
    void *pages = mmap(NULL, size, protection, flags, -1, 0);

    /* cppcheck-suppress memleak ; it returns them */
    return pages == MAP_FAILED ? NULL : pages;
}
