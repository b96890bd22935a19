#include "wire/request.h"

#include "base/bytes.h"
#include "wire/opcode.h"

static uint32_t take_u32(const uint8_t **at)
{
    uint32_t value = bytes_get_u32(*at);

    *at += 4;
    return value;
}

static uint64_t take_u64(const uint8_t **at)
{
    uint64_t value = bytes_get_u64(*at);

    *at += 8;
    return value;
}

static struct span take_sized(const uint8_t **at)
{
    size_t len = (size_t)take_u64(at);
    struct span span = span_of(*at, len);

    *at += len;
    return span;
}

void request_parse(struct span bytes, struct request *ret_request)
{
    const uint8_t *at = bytes.bytes + 1;
    const struct wire_layout *layout = wire_layout_of(bytes.bytes[0]);

    ret_request->opcode = bytes.bytes[0];
    if (layout->counted) {
        ret_request->items.left = take_u64(&at);
        ret_request->items.at = at;
        return;
    }
    for (const uint8_t *field = layout->fields; *field != WIRE_END; field++) {
        switch (*field) {
        case WIRE_U32:
            ret_request->word = take_u32(&at);
            break;
        case WIRE_I64:
            ret_request->number = (int64_t)take_u64(&at);
            break;
        case WIRE_KEY:
            ret_request->key = take_sized(&at);
            break;
        default: /* of two blobs, `expected` comes first */
            if (field[1] == WIRE_BLOB)
                ret_request->expected = take_sized(&at);
            else
                ret_request->value = take_sized(&at);
        }
    }
}

struct span request_next_key(struct request_items *items)
{
    items->left--;
    return take_sized(&items->at);
}

void request_next_pair(
    struct request_items *items, struct span *ret_key, struct span *ret_value)
{
    items->left--;
    *ret_key = take_sized(&items->at);
    *ret_value = take_sized(&items->at);
}
