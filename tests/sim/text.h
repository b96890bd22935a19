/* Bytes that grow, with a zero byte after the last, as strtoll wants it. All zero: empty. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "base/span.h"

struct text {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* The bytes are not initialised. */
uint8_t *text_extend(struct text *text, size_t len);

void text_add(struct text *text, struct span bytes);
void text_add_u8(struct text *text, uint8_t number);
void text_add_u32(struct text *text, uint32_t number);
void text_add_u64(struct text *text, uint64_t number);

/* As the wire has a key or a value: a u64 length, then the bytes. */
void text_add_sized(struct text *text, struct span bytes);

void text_set(struct text *text, struct span bytes);
void text_done(struct text *text);

static inline struct span text_span(const struct text *text)
{
    return span_of(text->bytes, text->len);
}

#endif
