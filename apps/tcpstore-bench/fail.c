#include "tcpstore-bench/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/print_plainly.h"

void fail(const char *format, ...)
{
    va_list arguments;

    fputs("tcpstore-bench: ", stderr);
    va_start(arguments, format);
    print_plainly(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *allocate(unsigned long count, unsigned long size)
{
    void *memory = calloc(count > 0 ? count : 1, size);

    if (memory == NULL)
        fail("no memory for %lu times %lu bytes; ask for fewer clients or keys", count, size);
    return memory;
}
