#include "trunk/trunk.h"

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

bool trunk_can_resume(const struct trunk *trunk, uint64_t their_received)
{
    return their_received >= trunk->outgoing.acknowledged &&
           their_received <= trunk->outgoing.sent;
}

bool trunk_resume(struct trunk *trunk, uint64_t their_received)
{
    bool was_full = outgoing_is_full(&trunk->outgoing);

    if (!outgoing_resume(&trunk->outgoing, their_received, trunk->incoming.received))
        return false;
    go_on_if_not_full(trunk, was_full);
    return true;
}
