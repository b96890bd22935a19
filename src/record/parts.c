#include "record/parts.h"

#include "base/bytes.h"

struct parts parts_of(struct span bytes)
{
    struct parts parts = {.rest = bytes, .is_cut = true};

    if (bytes.len > 0)
        parts.layout = wire_layout_of(bytes.bytes[0]);
    if (parts.layout == NULL)
        return parts;
    parts.rest = span_from(bytes, WIRE_OPCODE_SIZE);
    parts.items = 1;
    parts.is_cut = false;
    if (!parts.layout->counted)
        return parts;
    parts.is_cut = bytes.len < WIRE_COUNTED_HEAD;
    parts.items = parts.is_cut ? 0 : bytes_get_u64(parts.rest.bytes);
    parts.rest = parts.is_cut ? span_last(bytes, 0) : span_from(bytes, WIRE_COUNTED_HEAD);
    return parts;
}

static bool end_at_cut(struct parts *parts)
{
    parts->is_cut = true;
    parts->items = 0;
    return false;
}

static void take(struct parts *parts, uint64_t len, struct part *ret_part)
{
    size_t here = len < parts->rest.len ? (size_t)len : parts->rest.len;

    *ret_part = (struct part){
        .field = parts->layout->fields[parts->field++],
        .len = len,
        .here = span_of(parts->rest.bytes, here),
    };
    parts->rest = span_from(parts->rest, here);
    if (here < len)
        end_at_cut(parts);
}

static bool take_sized(struct parts *parts, struct part *ret_part)
{
    uint64_t len;

    if (parts->rest.len < WIRE_LENGTH_SIZE)
        return end_at_cut(parts);
    len = bytes_get_u64(parts->rest.bytes);
    parts->rest = span_from(parts->rest, WIRE_LENGTH_SIZE);
    take(parts, len, ret_part);
    return true;
}

static bool take_fixed(struct parts *parts, size_t size, struct part *ret_part)
{
    if (parts->rest.len < size)
        return end_at_cut(parts);
    take(parts, size, ret_part);
    return true;
}

bool parts_next(struct parts *parts, struct part *ret_part)
{
    while (parts->items > 0) {
        switch (parts->layout->fields[parts->field]) {
        case WIRE_KEY:
        case WIRE_BLOB:
            return take_sized(parts, ret_part);
        case WIRE_U32:
            return take_fixed(parts, 4, ret_part);
        case WIRE_I64:
            return take_fixed(parts, 8, ret_part);
        default:
            parts->field = 0;
            parts->items--;
        }
    }
    return false;
}

size_t parts_request_len(struct span bytes)
{
    struct parts parts = parts_of(bytes);
    struct part part;

    while (parts_next(&parts, &part))
        continue;
    return parts.is_cut ? 0 : bytes.len - parts.rest.len;
}
