#include "tcpstore-cli/json_bytes.h"

#include "tcpstore-cli/base64.h"
#include "tcpstore-cli/character.h"
#include "tcpstore-cli/memory.h"

static const char user_field[] = "key";
static const char raw_field[] = "raw_key";

json_t *json_bytes_of(struct tcpstore_span bytes)
{
    struct bytes text = {0};
    json_t *value = json_stringn(bytes.size > 0 ? bytes.bytes : "", bytes.size);

    if (value != NULL)
        return value;
    base64_append(&text, bytes);
    value = json_pack("{ss#}", "base64", text.data, (int)text.size);
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
    struct name name = naming_name(naming, wire_key);
    json_t *object = json_object();

    json_bytes_set(object, name.raw ? raw_field : user_field, json_bytes_of(name.bytes));
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
    naming_front(naming, wire_key);
    return json_bytes_resolve(json_object_get(object, user_field), wire_key);
}

static void print_code_unit(unsigned unit)
{
    printf("\\u%04x", unit);
}

/* JSON has an escape for a character up to U+FFFF, and two for one past it. */
static void print_escape(uint32_t code)
{
    if (code > 0xFFFF) {
        print_code_unit(0xD7C0 + (code >> 10));
        code = 0xDC00 + (code & 0x3FF);
    }
    print_code_unit(code);
}

/* Prints a piece of JSON, which jansson cuts between characters. Those that do not show stand
 * in strings only, and get an escape. */
static int print_piece(const char *piece, size_t size, void *context)
{
    const char *end = piece + size;
    const char *plain = piece;
    bool *base = context;

    while (piece < end) {
        struct character first = character_first(piece, (size_t)(end - piece), *base);

        *base = first.base;
        if (!first.visible) {
            fwrite(plain, 1, (size_t)(piece - plain), stdout);
            print_escape(first.code);
            plain = piece + first.size;
        }
        piece += first.size;
    }
    fwrite(plain, 1, (size_t)(end - plain), stdout);
    return 0;
}

void json_bytes_print(json_t *object)
{
    bool base = false;

    if (json_dump_callback(object, print_piece, &base, JSON_COMPACT | JSON_REAL_PRECISION(6)))
        memory_exhausted();
    putchar('\n');
    json_decref(object);
}
