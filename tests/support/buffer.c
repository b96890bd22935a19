#include "support/buffer.h"

#include <stdlib.h>

#include "support/test.h"

static void reserve(struct buffer *buffer, size_t len)
{
    size_t needed = buffer->len + len + 1;
    uint8_t *bytes;

    if (needed <= buffer->capacity)
        return;
    buffer->capacity = needed * 2;
    bytes = realloc(buffer->bytes, buffer->capacity);
    assert_non_null(bytes);
    buffer->bytes = bytes;
}

uint8_t *buffer_extend(struct buffer *buffer, size_t len)
{
    uint8_t *bytes;

    reserve(buffer, len);
    bytes = buffer->bytes + buffer->len;
    bytes[len] = '\0';
    buffer->len += len;
    return bytes;
}

static void add_little_endian(struct buffer *buffer, uint64_t number, size_t len)
{
    uint8_t *bytes = buffer_extend(buffer, len);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

void buffer_add(struct buffer *buffer, struct span bytes)
{
    span_copy(buffer_extend(buffer, bytes.len), bytes);
}

void buffer_add_u8(struct buffer *buffer, uint8_t number)
{
    add_little_endian(buffer, number, 1);
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
