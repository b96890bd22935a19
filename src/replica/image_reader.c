#include "replica/image_reader.h"

#include "base/bytes.h"

/* NULL: the image is damaged. */
static const uint8_t *take(struct image_reader *reader, uint64_t len)
{
    const uint8_t *bytes = reader->rest.bytes;

    reader->is_damaged = reader->is_damaged || len > reader->rest.len;
    if (reader->is_damaged)
        return NULL;
    reader->rest = span_from(reader->rest, (size_t)len);
    return bytes;
}

uint8_t image_get_u8(struct image_reader *reader)
{
    const uint8_t *bytes = take(reader, sizeof(uint8_t));

    return bytes == NULL ? 0 : *bytes;
}

uint32_t image_get_u32(struct image_reader *reader)
{
    const uint8_t *bytes = take(reader, sizeof(uint32_t));

    return bytes == NULL ? 0 : bytes_get_u32(bytes);
}

uint64_t image_get_u64(struct image_reader *reader)
{
    const uint8_t *bytes = take(reader, sizeof(uint64_t));

    return bytes == NULL ? 0 : bytes_get_u64(bytes);
}

static struct span take_span(struct image_reader *reader, uint64_t len)
{
    const uint8_t *bytes = take(reader, len);

    return bytes == NULL ? span_of("", 0) : span_of(bytes, (size_t)len);
}

struct span image_get_bytes(struct image_reader *reader)
{
    return take_span(reader, image_get_u32(reader));
}

struct span image_get_value(struct image_reader *reader)
{
    return take_span(reader, image_get_u64(reader));
}
