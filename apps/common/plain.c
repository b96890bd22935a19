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
    char text[PLAIN_BYTE_MAX];

    if (vasprintf(&message, format, arguments) < 0) {
        fputs("out of memory", out);
        return;
    }
    for (const char *at = message; *at != '\0'; at++) {
        if (*at == '\n')
            fputc('\n', out);
        else
            fwrite(text, 1, (size_t)(plain_put(text, *at) - text), out);
    }
    free(message);
}
