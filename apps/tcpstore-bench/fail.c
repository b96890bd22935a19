#include "tcpstore-bench/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/plain.h"

void fail(const char *format, ...)
{
    va_list arguments;

    fputs("tcpstore-bench: ", stderr);
    va_start(arguments, format);
    plain_print(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *allocate(unsigned long count, unsigned long size)
{
    void *memory = calloc(count > 0 ? count : 1, size);

    if (memory == NULL)
        fail("no memory for %lu times %lu bytes; use fewer --clients or --keys", count, size);
    return memory;
}
