/* What one end of a trunk has received. Not thread-safe. */
#ifndef TRUNK_INCOMING_H
#define TRUNK_INCOMING_H

#include "trunk/frame.h"

/* All zero: nothing. */
struct incoming {
    uint64_t received; /* the number of the last item; those before have come, too */
};

/* Skips the items that have come already, on a link that is broken since, and counts the others
 * as received: the caller takes them now. False: items are missing before these. */
static inline bool incoming_accept(struct incoming *incoming, struct frame_items *items)
{
    if (items->first > incoming->received + 1)
        return false;
    while (items->left > 0 && items->first <= incoming->received)
        frame_take_item(items);
    incoming->received += items->left;
    return true;
}

#endif
