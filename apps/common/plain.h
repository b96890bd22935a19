/* Messages that quote text from a user, which may contain a terminal's control sequences. */
#ifndef COMMON_PLAIN_H
#define COMMON_PLAIN_H

#include <stdarg.h>
#include <stdio.h>

enum { PLAIN_BYTE_MAX = sizeof("\\xff") - 1 };

/* Writes `byte` at `at`: itself if it is printable ASCII, otherwise \xNN. Returns the position
 * after it, at most PLAIN_BYTE_MAX further; there is no null byte. */
char *plain_put(char *at, char byte);

/* Prints a message, every byte but a newline as plain_put writes it. */
__attribute__((format(printf, 2, 0))) void plain_print(
    FILE *out, const char *format, va_list arguments);

#endif
