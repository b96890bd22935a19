#include "wire/encode.h"

#include "base/bytes.h"

static uint8_t *put_sized(uint8_t *bytes, struct span span)
{
    return span_copy(bytes_add_u64(bytes, span.len), span);
}

static uint8_t *put_key(uint8_t *bytes, struct span prefix, struct span key)
{
    return span_copy(span_copy(bytes_add_u64(bytes, prefix.len + key.len), prefix), key);
}

static size_t items_of(const struct encode *encode, const struct wire_layout *layout)
{
    return layout->counted ? encode->count : 1;
}

size_t encode_size(const struct encode *encode)
{
    const struct wire_layout *layout = wire_layout_of((uint8_t)encode->opcode);
    const struct span *key = encode->keys;
    const struct span *value = encode->values;
    size_t items = items_of(encode, layout);
    size_t size = 1 + (layout->counted ? 8u : 0u) + items * layout->min_size;

    for (size_t i = 0; i < items; i++) {
        for (const uint8_t *field = layout->fields; *field != WIRE_END; field++) {
            if (*field == WIRE_KEY)
                size += encode->prefix.len + key++->len;
            else if (*field == WIRE_BLOB)
                size += value++->len;
        }
    }
    return size;
}

uint8_t *encode_request(const struct encode *encode, uint8_t *bytes)
{
    const struct wire_layout *layout = wire_layout_of((uint8_t)encode->opcode);
    const struct span *key = encode->keys;
    const struct span *value = encode->values;
    size_t items = items_of(encode, layout);

    *bytes++ = (uint8_t)encode->opcode;
    if (layout->counted)
        bytes = bytes_add_u64(bytes, encode->count);
    for (size_t i = 0; i < items; i++) {
        for (const uint8_t *field = layout->fields; *field != WIRE_END; field++) {
            if (*field == WIRE_U32)
                bytes = bytes_add_u32(bytes, encode->word);
            else if (*field == WIRE_I64)
                bytes = bytes_add_u64(bytes, (uint64_t)encode->number);
            else if (*field == WIRE_KEY)
                bytes = put_key(bytes, encode->prefix, *key++);
            else
                bytes = put_sized(bytes, *value++);
        }
    }
    return bytes;
}
