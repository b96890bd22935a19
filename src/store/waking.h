/* Releases waiters as names appear. Not thread-safe. */
#ifndef STORE_WAKING_H
#define STORE_WAKING_H

#include "store/waits.h"

/* A queue of released waiters. A waiter in it no longer waits, and must not wait again before
 * it is taken. The queue must not move once initialized. */
struct released {
    struct list waiters;
    struct waiter *own; /* of the client that writes: its release is only flagged, because the
                           handler orders its replies */
    bool own_released;
    long *steps; /* borrowed; each wait that is ticked off takes one */
};

void released_init(struct released *released, long *steps);

/* NULL if there is none left. */
struct waiter *released_take(struct released *released);

/* Ticks the name off for each of its waiters, longest wait first. */
void waits_wake_all(struct waits *waits, struct name name, struct released *released);

/* The same, but stops after the first waiter that this releases. No crowd may wait for the
 * name: see crowds_split_off. */
void waits_wake_one(struct waits *waits, struct name name, struct released *released);

#endif
