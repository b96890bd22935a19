#include "observe/json.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

char *json_show(struct span bytes)
{
    char *text = malloc(bytes.len * ESCAPED_BYTE_MAX + 1);
    char *end = text;

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.bytes[i] == '"')
            *end++ = '"';
        else
            end = escape_byte(end, bytes.bytes[i]);
    }
    *end = 0;
    return text;
}

json_t *json_bytes(struct span bytes)
{
    char *text = json_show(bytes);
    json_t *string = text == NULL ? NULL : json_string(text);

    free(text);
    return string;
}

json_t *json_bytes_or_null(struct span bytes)
{
    return bytes.len == 0 ? json_null() : json_bytes(bytes);
}

json_t *json_number_or_null(int64_t number, int64_t least)
{
    return number < least ? json_null() : json_integer(number);
}

json_t *json_seconds(int64_t ms)
{
    return json_real((double)ms / 1000);
}

static _Thread_local bool lacks_something;

void json_append(json_t *array, json_t *item)
{
    if (json_array_append_new(array, item))
        lacks_something = true;
}

void json_set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value))
        lacks_something = true;
}

void json_set_number(json_t *object, const char *name, uint64_t value)
{
    json_set(object, name, json_integer((json_int_t)value));
}

void json_set_text(json_t *object, const char *name, const char *value)
{
    json_set(object, name, json_string(value));
}

void json_set_flag(json_t *object, const char *name, bool value)
{
    json_set(object, name, json_boolean(value));
}

struct text {
    char *bytes;
    size_t len;
    size_t size;
};

static bool enlarge(struct text *text, size_t len)
{
    size_t size = (text->len + len) * 2;
    char *bytes = realloc(text->bytes, size);

    if (bytes == NULL)
        return false;
    text->bytes = bytes;
    text->size = size;
    return true;
}

/* jansson goes on after some failures, so one is remembered. */
static int append(const char *bytes, size_t len, void *context)
{
    struct text *text = context;

    if (lacks_something || (len > text->size - text->len && !enlarge(text, len))) {
        lacks_something = true;
        return -1;
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    return 0;
}

char *json_write(const json_t *object, size_t *ret_len)
{
    const size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(DBL_DIG);
    struct text text = {.bytes = NULL};
    bool failed = json_dump_callback(object, append, &text, flags) || append("\n", 1, &text) ||
                  lacks_something;

    lacks_something = false;
    *ret_len = text.len;
    if (!failed)
        return text.bytes;
    free(text.bytes);
    return NULL;
}
