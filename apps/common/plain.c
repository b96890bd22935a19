#include "common/plain.h"

#include <stdlib.h>

char *plain_put(char *at, char byte)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char number = (unsigned char)byte;

    if (byte >= ' ' && byte <= '~') {
        *at++ = byte;
        return at;
    }
    *at++ = '\\';
    *at++ = 'x';
    *at++ = digits[number >> 4];
    *at++ = digits[number & 0xf];
    return at;
}

void plain_print(FILE *out, const char *format, va_list arguments)
{
    char *message;

    if (vasprintf(&message, format, arguments) < 0) {
        fputs("out of memory", out);
        return;
    }
    for (const char *at = message; *at != '\0'; at++) {
        char text[PLAIN_BYTE_MAX + 1] = "\n";

        if (*at != '\n')
            *plain_put(text, *at) = '\0';
        fputs(text, out);
    }
    free(message);
}
