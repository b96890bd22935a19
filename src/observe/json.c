#include "observe/json.h"

#include <stdlib.h>

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

json_t *json_seconds(int64_t ms)
{
    return json_real((double)ms / 1000);
}

void json_set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
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
