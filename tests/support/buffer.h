/* Bytes put together, as the wire has them, with a zero byte after the last. Written apart from
 * src/, which it tests. */
#ifndef SUPPORT_BUFFER_H
#define SUPPORT_BUFFER_H

#include "base/span.h"

/* All zero: empty. */
struct buffer {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* Makes room for `len` bytes more, which are not initialised. */
uint8_t *buffer_extend(struct buffer *buffer, size_t len);

void buffer_add(struct buffer *buffer, struct span bytes);
void buffer_add_u8(struct buffer *buffer, uint8_t number);
void buffer_add_u32(struct buffer *buffer, uint32_t number);
void buffer_add_u64(struct buffer *buffer, uint64_t number);

/* A u64 length, then the bytes: a key or a blob. */
void buffer_add_sized(struct buffer *buffer, struct span bytes);

void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

static inline struct span buffer_span(const struct buffer *buffer)
{
    return span_of(buffer->bytes, buffer->len);
}

#endif
