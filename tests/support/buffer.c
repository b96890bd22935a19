#include "support/buffer.h"

#include <stdlib.h>

#include "support/test.h"

static void add_little_endian(struct buffer *buffer, uint64_t number, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buffer_add_u8(buffer, (uint8_t)(number >> (8 * i)));
}

void buffer_add(struct buffer *buffer, struct span bytes)
{
    if (bytes.len > buffer->capacity - buffer->len) {
        buffer->capacity = (buffer->len + bytes.len) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        assert_non_null(buffer->bytes);
    }
    span_copy(buffer->bytes + buffer->len, bytes);
    buffer->len += bytes.len;
}

void buffer_add_u8(struct buffer *buffer, uint8_t number)
{
    buffer_add(buffer, span_of(&number, 1));
}

void buffer_add_u32(struct buffer *buffer, uint32_t number)
{
    add_little_endian(buffer, number, 4);
}

void buffer_add_u64(struct buffer *buffer, uint64_t number)
{
    add_little_endian(buffer, number, 8);
}

void buffer_add_sized(struct buffer *buffer, struct span bytes)
{
    buffer_add_u64(buffer, bytes.len);
    buffer_add(buffer, bytes);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
