#include "trunk/frame.h"

#include "base/bytes.h"

static bool is_known(uint8_t type)
{
    return type >= FRAME_HELLO && type <= FRAME_ACK;
}

enum frame_verdict frame_scan(
    struct span bytes, size_t max, struct frame *ret_frame, size_t *ret_size)
{
    size_t len;

    *ret_size = FRAME_HEAD;
    if (bytes.len < FRAME_HEAD)
        return FRAME_MORE;
    len = bytes_get_u32(bytes.bytes);
    if (len == 0 || len > max - sizeof(uint32_t) || !is_known(bytes.bytes[4]))
        return FRAME_BAD;
    *ret_size = sizeof(uint32_t) + len;
    if (bytes.len < *ret_size)
        return FRAME_MORE;
    *ret_frame = (struct frame){
        .type = (enum frame_type)bytes.bytes[4],
        .payload = span_of(bytes.bytes + FRAME_HEAD, *ret_size - FRAME_HEAD),
    };
    return FRAME_WHOLE;
}

uint8_t *frame_put_head(uint8_t *bytes, enum frame_type type, size_t len)
{
    bytes_put_u32(bytes, (uint32_t)(len + 1));
    bytes[4] = (uint8_t)type;
    return bytes + FRAME_HEAD;
}

void frame_put_ack(uint8_t *bytes, uint64_t received)
{
    bytes_put_u64(frame_put_head(bytes, FRAME_ACK, 8), received);
}

bool frame_read_ack(const struct frame *frame, uint64_t *ret_received)
{
    if (frame->payload.len != 8)
        return false;
    *ret_received = bytes_get_u64(frame->payload.bytes);
    return true;
}

void frame_put_items_head(
    uint8_t *bytes, uint64_t first, uint64_t received, uint32_t count, size_t len)
{
    uint8_t *at = frame_put_head(bytes, FRAME_ITEMS, FRAME_ITEMS_HEAD - FRAME_HEAD + len);

    bytes_put_u64(at, first);
    bytes_put_u64(at + 8, received);
    bytes_put_u32(at + 16, count);
}

uint8_t *frame_put_item(uint8_t *bytes, const struct item *item)
{
    bytes_put_u32(bytes, item->session);
    bytes[4] = (uint8_t)item->kind;
    bytes_put_u32(bytes + 5, (uint32_t)item->bytes.len);
    return span_copy(bytes + FRAME_ITEM_HEAD, item->bytes);
}

static bool has_whole_item(struct span bytes)
{
    return bytes.len >= FRAME_ITEM_HEAD && bytes.bytes[4] >= ITEM_OPEN &&
           bytes.bytes[4] <= ITEM_STORE_CLOSED &&
           bytes_get_u32(bytes.bytes) < ITEM_SESSIONS_MAX &&
           bytes_get_u32(bytes.bytes + 5) <= bytes.len - FRAME_ITEM_HEAD;
}

static bool are_whole(struct frame_items items)
{
    for (; items.left > 0; frame_take_item(&items)) {
        if (!has_whole_item(items.rest))
            return false;
    }
    return items.rest.len == 0;
}

bool frame_read_items(const struct frame *frame, struct frame_items *ret_items)
{
    const uint8_t *bytes = frame->payload.bytes;
    struct frame_items items;

    if (frame->payload.len < FRAME_ITEMS_HEAD - FRAME_HEAD)
        return false;
    items = (struct frame_items){
        .first = bytes_get_u64(bytes),
        .received = bytes_get_u64(bytes + 8),
        .left = bytes_get_u32(bytes + 16),
        .rest = span_from(frame->payload, FRAME_ITEMS_HEAD - FRAME_HEAD),
    };
    if (items.first == 0 || items.left == 0 || items.first > UINT64_MAX - items.left ||
        !are_whole(items))
        return false;
    *ret_items = items;
    return true;
}

struct item frame_take_item(struct frame_items *items)
{
    const uint8_t *bytes = items->rest.bytes;
    size_t len = bytes_get_u32(bytes + 5);

    items->first++;
    items->left--;
    items->rest = span_from(items->rest, FRAME_ITEM_HEAD + len);
    return (struct item){
        .session = bytes_get_u32(bytes),
        .kind = (enum item_kind)bytes[4],
        .bytes = span_of(bytes + FRAME_ITEM_HEAD, len),
    };
}
