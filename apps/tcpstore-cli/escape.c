#include "tcpstore-cli/escape.h"

#include <stdlib.h>

#include "tcpstore-cli/character.h"
#include "tcpstore-cli/memory.h"

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

typedef bool plain_fn(const struct character *character);

static bool is_plain_in_text(const struct character *character)
{
    return character->visible && character->code != '\\';
}

static bool is_plain_in_message(const struct character *character)
{
    return character->visible || character->code == '\n';
}

static bool is_plain_in_lines(const struct character *character)
{
    return character->visible || character->code == '\n' || character->code == '\t';
}

static void append(struct bytes *text, struct tcpstore_span bytes, plain_fn *is_plain)
{
    const unsigned char *at = bytes.bytes;
    const unsigned char *end = at + bytes.size;
    bool base = false;

    bytes_append(text, NULL, 0);
    while (at < end) {
        struct character first = character_first(at, (size_t)(end - at), base);

        base = is_plain(&first) && first.base;
        if (is_plain(&first)) {
            bytes_append(text, at, first.size);
        } else {
            for (size_t i = 0; i < first.size; i++)
                append_escape(text, at[i]);
        }
        at += first.size;
    }
}

void escape_append(struct bytes *text, struct tcpstore_span bytes)
{
    append(text, bytes, is_plain_in_text);
}

static bool is_space_at(struct tcpstore_span bytes, size_t i)
{
    return ((const char *)bytes.bytes)[i] == ' ';
}

void escape_append_name(struct bytes *text, struct tcpstore_span bytes)
{
    bool leads = bytes.size > 0 && is_space_at(bytes, 0);
    bool trails = bytes.size > 1 && is_space_at(bytes, bytes.size - 1);
    size_t inner = bytes.size - leads - trails;

    if (leads)
        append_escape(text, ' ');
    escape_append(text, tcpstore_bytes((const char *)bytes.bytes + leads, inner));
    if (trails)
        append_escape(text, ' ');
}

bool escape_is_needless(struct tcpstore_span bytes)
{
    const unsigned char *at = bytes.bytes;
    const unsigned char *end = at + bytes.size;
    bool base = false;

    while (at < end) {
        struct character first = character_first(at, (size_t)(end - at), base);

        if (!is_plain_in_lines(&first))
            return false;
        base = first.base;
        at += first.size;
    }
    return true;
}

void escape_print_list(FILE *out, const char *format, va_list arguments)
{
    struct bytes text = {0};
    char *message;
    int size = vasprintf(&message, format, arguments);

    if (size < 0)
        memory_exhausted();
    append(&text, tcpstore_bytes(message, (size_t)size), is_plain_in_message);
    fwrite(text.data, 1, text.size, out);
    bytes_done(&text);
    free(message);
}

void escape_print(FILE *out, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    escape_print_list(out, format, arguments);
    va_end(arguments);
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

/* -1: not two digits. */
static int hex_byte(const char *digits)
{
    int high = hex_digit(digits[0]);
    int low = high < 0 ? -1 : hex_digit(digits[1]);

    return low < 0 ? -1 : high * 16 + low;
}

int escape_resolve_one(const char *escape, unsigned char *ret_byte, size_t *ret_size)
{
    static const char from[] = "nrt\\";
    static const char to[] = "\n\r\t\\";
    const char *found = *escape != '\0' ? strchr(from, *escape) : NULL;
    int byte;

    if (found != NULL) {
        *ret_byte = (unsigned char)to[found - from];
        *ret_size = 1;
        return 0;
    }
    byte = *escape == 'x' ? hex_byte(escape + 1) : -1;
    if (byte < 0)
        return -1;
    *ret_byte = (unsigned char)byte;
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
        if (escape_resolve_one(text + 1, &byte, &size))
            return -1;
        bytes_append_byte(bytes, byte);
        text += 1 + size;
    }
    return 0;
}
