#include "tcpstore-cli/escape.h"

#include <stdint.h>
#include <stdio.h>

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The size of a character by its first byte; 0: none begins with it. */
static size_t announced_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2)
        return 0; /* a continuation, or a longer form of an ASCII character */
    if (first < 0xE0)
        return 2;
    if (first < 0xF0)
        return 3;
    return first < 0xF5 ? 4 : 0;
}

/* Longer forms, surrogates, what is past the end of Unicode, and the control characters from
 * U+0080 on, which terminals obey, show in the first two bytes. */
static bool is_allowed_pair(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xC2:
        return second >= 0xA0;
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second < 0xA0;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second < 0x90;
    default:
        return true;
    }
}

/* The size of the character to show as it is that `bytes` begin with; 0: there is none. */
static size_t shown_size(const unsigned char *bytes, size_t left)
{
    size_t size = announced_size(bytes[0]);

    if (size == 0 || size > left)
        return 0;
    if (size == 1)
        return bytes[0] >= ' ' && bytes[0] != 0x7F && bytes[0] != '\\';
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return is_allowed_pair(bytes[0], bytes[1]) ? size : 0;
}

static void append_escape(struct bytes *text, unsigned char byte)
{
    static const char letters[][2] = {{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'\\', '\\'}};
    char escape[5];

    snprintf(escape, sizeof(escape), "\\x%02x", byte);
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i][0] == (char)byte)
            snprintf(escape, sizeof(escape), "\\%c", letters[i][1]);
    }
    bytes_append_text(text, escape);
}

void escape_append(struct bytes *text, struct tcpstore_span bytes)
{
    const unsigned char *at = bytes.bytes;
    size_t left = bytes.size;

    while (left > 0) {
        size_t size = shown_size(at, left);

        if (size > 0) {
            bytes_append(text, at, size);
        } else {
            append_escape(text, *at);
            size = 1;
        }
        at += size;
        left -= size;
    }
}

/* -1: none. */
static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* Of the escape behind a backslash. */
static int resolve_one(const char *escape, unsigned char *ret_byte, size_t *ret_size)
{
    static const char from[] = "nrt\\";
    static const char to[] = "\n\r\t\\";
    const char *found = *escape != '\0' ? strchr(from, *escape) : NULL;

    if (found != NULL) {
        *ret_byte = (unsigned char)to[found - from];
        *ret_size = 1;
        return 0;
    }
    if (escape[0] != 'x' || hex_digit(escape[1]) < 0 || hex_digit(escape[2]) < 0)
        return -1;
    *ret_byte = (unsigned char)(hex_digit(escape[1]) << 4 | hex_digit(escape[2]));
    *ret_size = 3;
    return 0;
}

int escape_resolve(const char *text, struct bytes *bytes)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "\\");
        unsigned char byte;
        size_t size;

        bytes_append(bytes, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        if (resolve_one(text + 1, &byte, &size))
            return -1;
        bytes_append_byte(bytes, byte);
        text += 1 + size;
    }
    return 0;
}
