#include "tcpstore-cli/json_bytes.h"

#include <stdint.h>

#include "tcpstore-cli/escape.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Encodes one to three bytes as four characters. */
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

/* RFC 4648, with padding. */
static void base64_append(struct bytes *text, struct tcpstore_span bytes)
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

/* Returns -1 for any other character. */
static int sextet_of(char character)
{
    const char *found = character != '\0' ? strchr(alphabet, character) : NULL;

    return found != NULL ? (int)(found - alphabet) : -1;
}

static int resolve_group(const char *group, size_t characters, struct bytes *bytes)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        int sextet = i < characters ? sextet_of(group[i]) : 0;

        if (sextet < 0)
            return -1;
        bits = bits << 6 | (uint32_t)sextet;
    }
    for (size_t i = 0; i + 1 < characters; i++)
        bytes_append_byte(bytes, (unsigned char)(bits >> (16 - 8 * i)));
    return 0;
}

/* Appends the bytes. Returns -1 if the text is not base64; some may then be appended. */
static int base64_resolve(struct tcpstore_span text, struct bytes *bytes)
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

static const char user_field[] = "key";
static const char raw_field[] = "raw_key";

json_t *json_bytes_of(struct tcpstore_span bytes)
{
    struct bytes text = {0};
    json_t *value = json_stringn(bytes.size > 0 ? bytes.bytes : "", bytes.size);

    if (value != NULL)
        return value;
    base64_append(&text, bytes);
    value = json_pack("{ss%}", "base64", text.data, text.size);
    bytes_done(&text);
    if (value == NULL)
        memory_exhausted();
    return value;
}

void json_bytes_set(json_t *object, const char *field, json_t *value)
{
    if (json_object_set_new(object, field, value))
        memory_exhausted();
}

json_t *json_bytes_new(const struct naming *naming, struct tcpstore_span wire_key)
{
    struct user_key user_key = naming_user_key(naming, wire_key);
    json_t *object = json_object();

    json_bytes_set(
        object, user_key.raw ? raw_field : user_field, json_bytes_of(user_key.bytes));
    return object;
}

int json_bytes_resolve(const json_t *value, struct bytes *bytes)
{
    const json_t *base64 = json_object_get(value, "base64");

    if (json_is_string(value)) {
        bytes_append(bytes, json_string_value(value), json_string_length(value));
        return 0;
    }
    if (!json_is_string(base64) || json_object_size(value) != 1)
        return -1;
    bytes_append(bytes, NULL, 0);
    return base64_resolve(
        tcpstore_bytes(json_string_value(base64), json_string_length(base64)), bytes);
}

int json_bytes_key(const json_t *object, const struct naming *naming, struct bytes *wire_key)
{
    const json_t *raw = json_object_get(object, raw_field);

    if (raw != NULL)
        return json_bytes_resolve(raw, wire_key);
    naming_append_start(naming, wire_key);
    return json_bytes_resolve(json_object_get(object, user_field), wire_key);
}

struct printing {
    bool base; /* as escape_append_json keeps it */
    struct bytes text;
};

/* Jansson cuts its output between characters. */
static int print_piece(const char *piece, size_t size, void *context)
{
    struct printing *printing = context;

    bytes_clear(&printing->text);
    escape_append_json(&printing->text, tcpstore_bytes(piece, size), &printing->base);
    fwrite(printing->text.data, 1, printing->text.size, stdout);
    return 0;
}

void json_bytes_print(json_t *object)
{
    struct printing printing = {0};
    size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(6);

    if (json_dump_callback(object, print_piece, &printing, flags))
        memory_exhausted();
    putchar('\n');
    bytes_done(&printing.text);
    json_decref(object);
}
