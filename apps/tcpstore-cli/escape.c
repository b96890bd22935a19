#include "tcpstore-cli/escape.h"

#include <ctype.h>
#include <stdlib.h>
#include <unictype.h>
#include <unistr.h>

/* Symbols and marks that show nothing. */
static bool is_blank(ucs4_t code)
{
    return code == 0x2800 || code == 0x16FE4 || code == 0x1D159;
}

static bool is_in(ucs4_t code, uint32_t categories)
{
    return uc_is_general_category_withtable(code, categories);
}

static bool is_visible(ucs4_t code, bool after_base)
{
    if (is_in(code, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z) || is_blank(code) ||
        uc_is_property_default_ignorable_code_point(code))
        return false;
    return after_base || !is_in(code, UC_CATEGORY_MASK_M);
}

/* Punctuation is not a base: a mark after a quotation mark belongs to the quoted text. */
static bool is_base(ucs4_t code)
{
    return is_in(
        code,
        UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N | UC_CATEGORY_MASK_S);
}

/* Most characters are ASCII; looking up properties of Unicode takes longer. */
static struct character ascii(unsigned char byte)
{
    return (struct character){
        .size = 1,
        .code = byte,
        .visible = byte >= ' ' && byte < 0x7F,
        .base = isalnum(byte) != 0,
    };
}

struct character character_first(const void *bytes, size_t left, bool after_base)
{
    struct character first = {.size = 1};
    unsigned char byte = *(const unsigned char *)bytes;
    ucs4_t code;
    int size;

    if (byte < 0x80)
        return ascii(byte);
    size = u8_mbtoucr(&code, bytes, left);
    if (size <= 0)
        return first;
    first.size = (size_t)size;
    first.code = code;
    first.visible = is_visible(code, after_base);
    first.base = first.visible && is_base(code);
    return first;
}

static void append_byte_escape(struct bytes *text, unsigned char byte)
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

static void append_byte_escapes(
    struct bytes *text, const struct character *character, const unsigned char *bytes)
{
    for (size_t i = 0; i < character->size; i++)
        append_byte_escape(text, bytes[i]);
}

static void append_code_unit(struct bytes *text, uint16_t unit)
{
    char escape[sizeof("\\uNNNN")];

    snprintf(escape, sizeof(escape), "\\u%04x", unit);
    bytes_append_text(text, escape);
}

/* JSON writes a character up to U+FFFF as one code unit, and others as two. */
static void append_json_escape(
    struct bytes *text, const struct character *character, const unsigned char *bytes)
{
    uint32_t code = character->code;

    (void)bytes;
    if (code > 0xFFFF) {
        append_code_unit(text, (uint16_t)(0xD7C0 + (code >> 10)));
        code = 0xDC00 + (code & 0x3FF);
    }
    append_code_unit(text, (uint16_t)code);
}

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

static bool is_visible_character(const struct character *character)
{
    return character->visible;
}

/* Which characters a text takes unchanged, and how it writes the others. */
struct style {
    bool (*is_plain)(const struct character *character);
    void (*append_escape)(
        struct bytes *text, const struct character *character, const unsigned char *bytes);
};

static const struct style style_of_text = {is_plain_in_text, append_byte_escapes};
static const struct style style_of_messages = {is_plain_in_message, append_byte_escapes};
static const struct style style_of_printed = {is_visible_character, append_byte_escapes};
static const struct style style_of_json = {is_visible_character, append_json_escape};

static void append(
    struct bytes *text, struct tcpstore_span bytes, const struct style *style, bool *base)
{
    const unsigned char *at = bytes.bytes;
    const unsigned char *plain = at;
    const unsigned char *end = at + bytes.size;

    bytes_append(text, NULL, 0);
    while (at < end) {
        struct character first = character_first(at, (size_t)(end - at), *base);

        *base = first.base;
        if (!style->is_plain(&first)) {
            bytes_append(text, plain, (size_t)(at - plain));
            style->append_escape(text, &first, at);
            plain = at + first.size;
        }
        at += first.size;
    }
    bytes_append(text, plain, (size_t)(end - plain));
}

void escape_append(struct bytes *text, struct tcpstore_span bytes)
{
    bool base = false;

    append(text, bytes, &style_of_text, &base);
}

void escape_append_printed(struct bytes *text, const char *printed)
{
    bool base = false;

    append(text, tcpstore_text(printed), &style_of_printed, &base);
}

void escape_append_json(struct bytes *text, struct tcpstore_span json, bool *base)
{
    append(text, json, &style_of_json, base);
}

static bool is_space_at(struct tcpstore_span bytes, size_t i)
{
    return ((const char *)bytes.bytes)[i] == ' ';
}

void escape_append_key(struct bytes *text, struct tcpstore_span bytes)
{
    bool leads = bytes.size > 0 && is_space_at(bytes, 0);
    bool trails = bytes.size > 1 && is_space_at(bytes, bytes.size - 1);
    size_t inner = bytes.size - leads - trails;

    if (leads)
        append_byte_escape(text, ' ');
    escape_append(text, tcpstore_bytes((const char *)bytes.bytes + leads, inner));
    if (trails)
        append_byte_escape(text, ' ');
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
    bool base = false;
    char *message;
    int size = vasprintf(&message, format, arguments);

    if (size < 0)
        memory_exhausted();
    append(&text, tcpstore_bytes(message, (size_t)size), &style_of_messages, &base);
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

/* Returns -1 for any other character. */
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

/* Returns -1 unless two digits follow. */
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
