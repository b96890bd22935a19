#include "sim/text.h"

#include <stdlib.h>

#include "sim/allocate.h"

static void reserve(struct text *text, size_t len)
{
    size_t needed = text->len + len + 1;

    if (needed <= text->capacity)
        return;
    text->capacity = needed + needed / 2;
    text->bytes = reallocate(text->bytes, text->capacity);
}

uint8_t *text_extend(struct text *text, size_t len)
{
    uint8_t *bytes;

    reserve(text, len);
    bytes = text->bytes + text->len;
    bytes[len] = '\0';
    text->len += len;
    return bytes;
}

void text_add(struct text *text, struct span bytes)
{
    span_copy(text_extend(text, bytes.len), bytes);
}

/* Little-endian, as every number of the wire. */
static void add_number(struct text *text, uint64_t number, size_t len)
{
    uint8_t *bytes = text_extend(text, len);

    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

void text_add_u8(struct text *text, uint8_t number)
{
    add_number(text, number, 1);
}

void text_add_u32(struct text *text, uint32_t number)
{
    add_number(text, number, 4);
}

void text_add_u64(struct text *text, uint64_t number)
{
    add_number(text, number, 8);
}

void text_add_sized(struct text *text, struct span bytes)
{
    text_add_u64(text, bytes.len);
    text_add(text, bytes);
}

void text_set(struct text *text, struct span bytes)
{
    text->len = 0;
    text_add(text, bytes);
}

void text_done(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}
