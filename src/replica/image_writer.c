#include "replica/image_writer.h"

#include "base/bytes.h"

/* NULL: there is no room. */
static uint8_t *reserve(struct image_writer *writer, size_t len)
{
    struct reserved reserved = {.error = writer->error};

    if (writer->error == 0)
        reserved = outbox_reserve(writer->image, len);
    writer->error = reserved.error;
    return reserved.error ? NULL : reserved.bytes;
}

void image_put_u8(struct image_writer *writer, uint8_t value)
{
    uint8_t *bytes = reserve(writer, sizeof(value));

    if (bytes != NULL)
        *bytes = value;
}

void image_put_u32(struct image_writer *writer, uint32_t value)
{
    uint8_t *bytes = reserve(writer, sizeof(value));

    if (bytes != NULL)
        bytes_put_u32(bytes, value);
}

void image_put_u64(struct image_writer *writer, uint64_t value)
{
    uint8_t *bytes = reserve(writer, sizeof(value));

    if (bytes != NULL)
        bytes_put_u64(bytes, value);
}

void image_put_bytes(struct image_writer *writer, struct span bytes)
{
    uint8_t *to = reserve(writer, sizeof(uint32_t) + bytes.len);

    if (to != NULL)
        span_copy(bytes_add_u32(to, (uint32_t)bytes.len), bytes);
}

void image_put_value(struct image_writer *writer, const struct slice *value)
{
    image_put_u64(writer, value->span.len);
    if (writer->error == 0)
        writer->error = outbox_append(writer->image, value);
}
