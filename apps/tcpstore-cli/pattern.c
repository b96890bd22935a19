#include "tcpstore-cli/pattern.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH_MAX = 99 };

struct field {
    size_t size; /* in the pattern; 0: none begins here */
    int width;
    bool zeros;
};

static const char *read_width(const char *at, struct field *field)
{
    if (*at == '0') {
        field->zeros = true;
        at++;
    }
    while (isdigit((unsigned char)*at) && field->width <= WIDTH_MAX)
        field->width = 10 * field->width + (*at++ - '0');
    return at;
}

/* The field that the text begins with. */
static struct field field_at(const char *text)
{
    struct field field = {0};
    const char *at = text + 1;

    if (text[0] != '{')
        return field;
    if (*at == ':') {
        at = read_width(at + 1, &field);
        if (*at == 'd')
            at++;
    }
    if (*at == '}' && field.width <= WIDTH_MAX)
        field.size = (size_t)(at + 1 - text);
    return field;
}

const char *pattern_objection(const char *pattern)
{
    bool found = false;

    while ((pattern = strchr(pattern, '{')) != NULL) {
        struct field field = field_at(pattern);

        if (field.size == 0 && pattern[1] == ':')
            return "{: begins no {:3}, {:03} or {:03d}, of at most 99 characters";
        found = found || field.size > 0;
        pattern++;
    }
    return found ? NULL : "has no {}, which stands for the rank";
}

void pattern_fill_in(const char *pattern, uint64_t rank, struct bytes *text)
{
    while (*pattern != '\0') {
        struct field field = field_at(pattern);
        char number[WIDTH_MAX + 1];

        if (field.size == 0) {
            bytes_append_byte(text, (unsigned char)*pattern++);
            continue;
        }
        snprintf(
            number, sizeof(number), field.zeros ? "%0*" PRIu64 : "%*" PRIu64, field.width,
            rank);
        bytes_append_text(text, number);
        pattern += field.size;
    }
}
