/*
 * Long reads and writes that take several turns and yet happen at one moment, one at a time.
 *
 * Frozen: a write first saves the value that its key had, so that the values of the moment can
 * still be read. Settling: new values are visible, but lie in a table of their own; a read or
 * write first moves its key's value to the keys, which releases waiters. Both cost a request of
 * another client no more than a look-up. Not thread-safe.
 */
#ifndef STORE_MOMENT_H
#define STORE_MOMENT_H

#include "store/arriving.h"
#include "store/waking.h"

enum moment_phase {
    MOMENT_NONE,
    MOMENT_FROZEN,
    MOMENT_SETTLING,
};

struct moment {
    enum moment_phase phase;
    struct keys *keys; /* borrowed */
    struct waits *waits;
    struct keys saved; /* frozen: values of keys that were written since; empty: missing */
    bool lost;         /* frozen: memory for a saved value was refused */
    struct arriving *arriving; /* settling: keys that are not settled yet */
};

void moment_init(struct moment *moment, struct keys *keys, struct waits *waits);

/* Call it before the key is read, except with moment_frozen_value. */
void moment_before_read(struct moment *moment, struct name name, struct released *released);

/* Call it before the key is written or removed. */
void moment_before_write(struct moment *moment, struct name name, struct released *released);

/* Begins the frozen phase. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int moment_freeze(struct moment *moment);

/* The value of the moment, empty if the key was missing; valid until the next write. */
struct slice moment_frozen_value(const struct moment *moment, struct name name);

/* Ends the frozen phase. Frees at most `*steps` saved values and subtracts them; returns
 * whether that was all. If not, call it again before the next moment. */
bool moment_thaw(struct moment *moment, long *steps);

/* All keys become visible at once, and the settling phase begins, which owns `arriving`. */
void moment_arrive(struct moment *moment, struct arriving *arriving);

/* Settles keys while `*steps` are left, and subtracts what that takes. Returns whether that was
 * all, which ends the phase. */
bool moment_settle(struct moment *moment, struct released *released, long *steps);

#endif
