/* A growable buffer for the bytes of requests and replies, with a zero byte after the last. It
 * does not use the encoder in src/, which it tests. */
#ifndef SUPPORT_BUFFER_H
#define SUPPORT_BUFFER_H

#include "base/span.h"

/* All zero: empty. */
struct buffer {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* Adds `len` uninitialised bytes and returns the first. */
uint8_t *buffer_extend(struct buffer *buffer, size_t len);

void buffer_add(struct buffer *buffer, struct span bytes);
void buffer_add_u8(struct buffer *buffer, uint8_t number);
void buffer_add_u32(struct buffer *buffer, uint32_t number);
void buffer_add_u64(struct buffer *buffer, uint64_t number);

/* Adds a key or a value: its length as u64, then its bytes. */
void buffer_add_sized(struct buffer *buffer, struct span bytes);

void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

static inline struct span buffer_span(const struct buffer *buffer)
{
    return span_of(buffer->bytes, buffer->len);
}

#endif
