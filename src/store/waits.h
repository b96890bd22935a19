/*
 * Waiters and the names that they wait for.
 *
 * A waiter is registered once for each missing name. As names appear its waits are ticked off;
 * the last one releases it, and then it is registered nowhere. The cost of registering, ticking
 * off and forgetting a waiter depends only on its own names. Not thread-safe.
 */
#ifndef STORE_WAITS_H
#define STORE_WAITS_H

#include "base/list.h"
#include "base/table.h"

struct waits {
    struct table table;
    size_t count; /* waits that are registered, of all waiters */
};

struct waiter;

/* One waiter at one name, in the list of that name. Unlinked once it is ticked off. */
struct wait {
    struct list link;
    struct waiter *waiter;
};

/* One client's WAIT or BARRIER. All zero: it does not wait. */
struct waiter {
    struct wait first;         /* for the first name: waiting for one allocates nothing */
    struct wait_block *blocks; /* for the others, newest block first */
    size_t missing;            /* names not ticked off, one more if held; 0: it does not wait */
    struct awaited *barrier;   /* at which it was counted; NULL: none */
    uint64_t epoch;            /* of the barrier, when it was counted */
    struct list released; /* link in a struct released, from its release until it is taken */
    bool held;
};

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

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int waits_init(struct waits *waits, struct memory *memory, const struct hash_key *hash_key);

/* No waiter may be registered any more. */
void waits_done(struct waits *waits);

/* Registers a waiter for a name, after which at most `more` follow. If the last waiter
 * registered for the name is the same one, that suffices: it does not register again.
 * TCPSTORE_ENOMEM; then the waiter still waits for the names before. */
TCPSTORE_MUST_USE
int waiter_add(struct waits *waits, struct waiter *waiter, struct name name, size_t more);

/* Registers a waiter for the name of a barrier that counts it. The waiter must not wait for
 * anything else. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int waiter_add_barrier(struct waits *waits, struct waiter *waiter, struct name name);

/* Whether a barrier counts the waiter. */
bool waiter_is_counted(const struct waiter *waiter);

/* The name of the barrier that counts the waiter, which must be counted by one. Valid until the
 * waiter is forgotten or released. */
struct name waiter_barrier(const struct waits *waits, const struct waiter *waiter);

/* Keeps a waiter from being released, for a WAIT that is registered piece by piece. A held
 * waiter waits, even if no name is missing. */
void waiter_hold(struct waiter *waiter);

/* Ends that. Returns true if no name is missing any more: then the waiter does not wait, and is
 * not in a queue of the released. */
bool waiter_let_go(struct waits *waits, struct waiter *waiter);

/* Ends all waits of a waiter and takes it off the queue of the released. One that does not wait
 * is fine. */
void waiter_forget(struct waits *waits, struct waiter *waiter);

/* The same piece by piece: it takes some of `steps`, one for each wait with a short name.
 * Returns false if they do not suffice. From the first call on, the waiter cannot be released,
 * and no barrier counts it. */
bool waiter_forget_some(struct waits *waits, struct waiter *waiter, long *steps);

/* Whether a waiter waits for the name. */
bool waits_has(const struct waits *waits, struct name name);

/* Ticks the name off for each of its waiters, longest wait first. */
void waits_wake_all(struct waits *waits, struct name name, struct released *released);

/* The same, but stops after the first waiter that this releases. */
void waits_wake_one(struct waits *waits, struct name name, struct released *released);

/* The barrier of that name starts a new count. Its waiters wait on, but are no longer counted.
 */
void waits_restart_count(struct waits *waits, struct name name);

static inline bool waiter_is_waiting(const struct waiter *waiter)
{
    return waiter->missing > 0;
}

#endif
