#include "trunk/opening.h"

#include "base/bytes.h"

enum { NUMBERS = 2 + 4 + 4 /* bytes */ };

static uint8_t *put_text(uint8_t *bytes, struct span text)
{
    size_t len = text.len < OPENING_TEXT_MAX ? text.len : OPENING_TEXT_MAX;

    *bytes = (uint8_t)len;
    return span_copy(bytes + 1, span_of(text.bytes, len));
}

uint8_t *opening_put(uint8_t *bytes, const struct opening *opening)
{
    bytes[0] = (uint8_t)opening->port;
    bytes[1] = (uint8_t)(opening->port >> 8);
    bytes = bytes_add_u32(bytes + 2, (uint32_t)opening->rank);
    bytes = bytes_add_u32(bytes, opening->process);
    bytes = put_text(bytes, opening->store);
    bytes = put_text(bytes, opening->host);
    return put_text(bytes, opening->program);
}

/* Takes it off the front of *bytes. */
static bool read_text(struct span *bytes, struct span *ret_text)
{
    if (bytes->len == 0 || bytes->bytes[0] > bytes->len - 1)
        return false;
    *ret_text = span_of(bytes->bytes + 1, bytes->bytes[0]);
    *bytes = span_from(*bytes, 1 + ret_text->len);
    return true;
}

bool opening_read(struct span bytes, struct opening *ret_opening)
{
    if (bytes.len < NUMBERS)
        return false;
    ret_opening->port = (uint16_t)(bytes.bytes[0] | bytes.bytes[1] << 8);
    ret_opening->rank = (int32_t)bytes_get_u32(bytes.bytes + 2);
    ret_opening->process = bytes_get_u32(bytes.bytes + 6);
    if (ret_opening->rank < -1 || ret_opening->process > INT32_MAX)
        return false;
    bytes = span_from(bytes, NUMBERS);
    return read_text(&bytes, &ret_opening->store) && read_text(&bytes, &ret_opening->host) &&
           read_text(&bytes, &ret_opening->program) && bytes.len == 0;
}
