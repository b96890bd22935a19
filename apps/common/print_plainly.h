/* Prints messages with a user's arguments, which may hold control sequences of terminals. */
#ifndef COMMON_PRINT_PLAINLY_H
#define COMMON_PRINT_PLAINLY_H

#include <stdarg.h>
#include <stdio.h>

/* Printable ASCII and newlines are printed as they are, all other bytes as \xNN. */
__attribute__((format(printf, 2, 0))) void print_plainly(
    FILE *out, const char *format, va_list arguments);

#endif
