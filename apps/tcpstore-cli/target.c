#include "tcpstore-cli/target.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void target_append_encoded(struct bytes *target, const char *text)
{
    for (; *text != '\0'; text++) {
        char encoded[4];

        snprintf(
            encoded, sizeof(encoded), isalnum((unsigned char)*text) ? "%c" : "%%%02x",
            (unsigned char)*text);
        bytes_append_text(target, encoded);
    }
}

static bool has_query(const struct bytes *target)
{
    return memchr(target->data, '?', target->size) != NULL;
}

void target_add_text(struct bytes *target, const char *name, const char *text)
{
    bytes_append_byte(target, has_query(target) ? '&' : '?');
    bytes_append_text(target, name);
    bytes_append_byte(target, '=');
    target_append_encoded(target, text);
}

void target_add_number(struct bytes *target, const char *name, int number)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", number);
    target_add_text(target, name, text);
}
