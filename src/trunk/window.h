/*
 * How many bytes of one client are on their way in one direction of a trunk. A client that does
 * not read, or that the store does not read, must not hold up the others of its trunk; so the
 * sender stops at a window's size until the other end says ITEM_TAKEN. Each end has a window
 * for each direction. Not thread-safe.
 */
#ifndef TRUNK_WINDOW_H
#define TRUNK_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRUNK_WINDOW = 256 << 10 /* bytes that a relay may send; WELCOME tells the store's */ };

/* All zero: nothing is on its way. */
struct window {
    size_t sent;   /* by the sender: bytes that are not taken */
    uint32_t owed; /* by the receiver: bytes that are taken, which the sender was not told */
};

static inline void window_send(struct window *window, size_t len)
{
    window->sent += len;
}

/* False: the other end cannot have taken so many. */
static inline bool window_told(struct window *window, uint32_t taken)
{
    if (taken > window->sent)
        return false;
    window->sent -= taken;
    return true;
}

/* Returns how many bytes the sender, which may send `size`, is to be told now; 0: it can go on
 * for a while. */
static inline uint32_t window_take(struct window *window, size_t len, size_t size)
{
    uint32_t owed;

    window->owed += (uint32_t)len;
    if (window->owed < size / 2)
        return 0;
    owed = window->owed;
    window->owed = 0;
    return owed;
}

#endif
