#include "base/escape.h"

char *escape_byte(char *text, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";

    if (byte >= ' ' && byte <= '~') {
        if (byte == '"' || byte == '\\')
            *text++ = '\\';
        *text++ = (char)byte;
        return text;
    }
    *text++ = '\\';
    *text++ = 'x';
    *text++ = digits[byte >> 4];
    *text++ = digits[byte & 0xf];
    return text;
}
