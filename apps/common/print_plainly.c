#include "common/print_plainly.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_plain(char byte)
{
    return (byte >= ' ' && byte <= '~') || byte == '\n';
}

void print_plainly(FILE *out, const char *format, va_list arguments)
{
    char *message;

    if (vasprintf(&message, format, arguments) < 0) {
        fputs("out of memory", out);
        return;
    }
    for (const char *at = message; *at != '\0'; at++)
        fprintf(out, is_plain(*at) ? "%c" : "\\x%02x", (unsigned char)*at);
    free(message);
}
