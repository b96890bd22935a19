#include "tcpstore-cli/bytes.h"

#include <stdlib.h>

#include "tcpstore-cli/memory.h"

void bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    size_t needed = bytes->size + size + 1;

    if (needed > bytes->capacity) {
        bytes->capacity = memory_grown(bytes->capacity, needed);
        bytes->data = memory_resize(bytes->data, bytes->capacity, 1);
    }
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    bytes->data[bytes->size] = '\0';
}

void bytes_append_text(struct bytes *bytes, const char *text)
{
    bytes_append(bytes, text, strlen(text));
}

void bytes_append_byte(struct bytes *bytes, unsigned char byte)
{
    bytes_append(bytes, &byte, 1);
}

void bytes_clear(struct bytes *bytes)
{
    bytes->size = 0;
    bytes_append(bytes, NULL, 0);
}

struct tcpstore_span bytes_span(const struct bytes *bytes)
{
    return tcpstore_bytes(bytes->data, bytes->size);
}

void bytes_done(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}
