#include "tcpstore-cli/base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes as four characters. */
static void append_group(struct bytes *text, const unsigned char *bytes, size_t size)
{
    uint32_t bits = (uint32_t)bytes[0] << 16;

    if (size > 1)
        bits |= (uint32_t)bytes[1] << 8;
    if (size > 2)
        bits |= bytes[2];
    for (size_t i = 0; i < 4; i++) {
        char character = alphabet[bits >> (18 - 6 * i) & 63];

        bytes_append_byte(text, i <= size ? (unsigned char)character : '=');
    }
}

void base64_append(struct bytes *text, struct tcpstore_span bytes)
{
    const unsigned char *at = bytes.bytes;

    for (size_t left = bytes.size; left > 0;) {
        size_t size = left < 3 ? left : 3;

        append_group(text, at, size);
        at += size;
        left -= size;
    }
}

static size_t padding(const char *group)
{
    if (group[3] != '=')
        return 0;
    return group[2] == '=' ? 2 : 1;
}

static int resolve_group(const char *group, size_t characters, struct bytes *bytes)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        const char *found = i < characters ? memchr(alphabet, group[i], 64) : alphabet;

        if (found == NULL)
            return -1;
        bits = bits << 6 | (uint32_t)(found - alphabet);
    }
    for (size_t i = 0; i + 1 < characters; i++)
        bytes_append_byte(bytes, (unsigned char)(bits >> (16 - 8 * i)));
    return 0;
}

int base64_resolve(struct tcpstore_span text, struct bytes *bytes)
{
    const char *group = text.bytes;

    if (text.size % 4 != 0)
        return -1;
    for (size_t left = text.size; left > 0; left -= 4, group += 4) {
        size_t characters = left == 4 ? 4 - padding(group) : 4;

        if (resolve_group(group, characters, bytes))
            return -1;
    }
    return 0;
}
