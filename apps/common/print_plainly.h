/* Prints a message of which parts are a user's arguments, which may hold what a terminal obeys.
 */
#ifndef COMMON_PRINT_PLAINLY_H
#define COMMON_PRINT_PLAINLY_H

#include <stdarg.h>
#include <stdio.h>

/* Bytes other than the printable ones of ASCII and the ends of lines come out as \xNN. */
__attribute__((format(printf, 2, 0))) void print_plainly(
    FILE *out, const char *format, va_list arguments);

#endif
