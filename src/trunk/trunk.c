#include "trunk/trunk.h"

#include "base/bytes.h"

void trunk_init(
    struct trunk *trunk, struct memory *memory, size_t high_water,
    const struct trunk_events *events, void *owner)
{
    *trunk = (struct trunk){.events = events, .owner = owner};
    outgoing_init(&trunk->outgoing, memory, high_water);
}

void trunk_done(struct trunk *trunk)
{
    outgoing_done(&trunk->outgoing);
}

void trunk_add(struct trunk *trunk, uint32_t session, enum item_kind kind, struct span bytes)
{
    const struct item item = {session, kind, bytes};

    if (outgoing_add(&trunk->outgoing, &item))
        trunk->has_failed = true;
}

void trunk_tell_taken(struct trunk *trunk, uint32_t session, uint32_t taken)
{
    uint8_t bytes[sizeof(taken)];

    bytes_put_u32(bytes, taken);
    trunk_add(trunk, session, ITEM_TAKEN, span_of(bytes, sizeof(bytes)));
}

bool trunk_read_taken(struct span bytes, uint32_t *ret_taken)
{
    if (bytes.len != sizeof(*ret_taken))
        return false;
    *ret_taken = bytes_get_u32(bytes.bytes);
    return true;
}

static void go_on_if_not_full(struct trunk *trunk, bool was_full)
{
    if (was_full && !outgoing_is_full(&trunk->outgoing))
        trunk->events->go_on(trunk->owner);
}

static bool acknowledge(struct trunk *trunk, uint64_t received)
{
    bool was_full = outgoing_is_full(&trunk->outgoing);

    if (!outgoing_acknowledge(&trunk->outgoing, received))
        return false;
    go_on_if_not_full(trunk, was_full);
    return true;
}

static bool take_items(struct trunk *trunk, const struct frame *frame)
{
    struct frame_items items;

    if (!frame_read_items(frame, &items) || !incoming_accept(&trunk->incoming, &items) ||
        !acknowledge(trunk, items.received))
        return false;
    while (items.left > 0) {
        struct item item = frame_take_item(&items);

        if (!trunk->events->take(trunk->owner, &item))
            return false;
    }
    return true;
}

bool trunk_take(struct trunk *trunk, const struct frame *frame)
{
    uint64_t received;

    if (frame->type == FRAME_ITEMS)
        return take_items(trunk, frame);
    return frame->type == FRAME_ACK && frame_read_ack(frame, &received) &&
           acknowledge(trunk, received);
}

bool trunk_resume(struct trunk *trunk, uint64_t their_received)
{
    bool was_full = outgoing_is_full(&trunk->outgoing);

    if (!outgoing_resume(&trunk->outgoing, their_received, trunk->incoming.received))
        return false;
    go_on_if_not_full(trunk, was_full);
    return true;
}
