/*
 * Waiters and the names that they wait for.
 *
 * A waiter is registered once for each missing name. As names appear its waits are ticked off;
 * the last one releases it, and then it is registered nowhere. The cost of registering, ticking
 * off and forgetting a waiter depends only on its own names. Not thread-safe.
 */
#ifndef STORE_WAITS_H
#define STORE_WAITS_H

#include "store/waits_layout.h"

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int waits_init(struct waits *waits, struct memory *memory, const struct hash_key *hash_key);

/* No waiter may be registered any more. */
void waits_done(struct waits *waits);

/* The next registration gets the number, so that it keeps its place in an order of before. The
 * number is not below that of any wait that is registered. */
static inline void waits_number_next(struct waits *waits, uint64_t number)
{
    waits->next_number = number;
}

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

/* The first name for which the waiter is registered. Returns false if there is none. The name
 * is valid until it is removed. Takes some of `steps`, one for each 32 names. */
bool waiter_first_missing(
    const struct waits *waits, const struct waiter *waiter, long *steps, struct name *ret_name);

/* Whether a waiter waits for the name. */
bool waits_has(const struct waits *waits, struct name name);

/* The barrier of that name starts a new count. Its waiters wait on, but are no longer counted.
 */
void waits_restart_count(struct waits *waits, struct name name);

/* For the other files of this folder: */

/* Removes the name at `link`, for which no waiter is registered any more. */
void awaited_remove(struct waits *waits, struct table_node **link);

/* Ends the wait of a waiter without linked waits. */
void waiter_reset(struct waits *waits, struct waiter *waiter);

/* The waiter's next unused wait, after which at most `more` follow. NULL if memory is refused.
 */
struct wait *waiter_next_wait(struct waits *waits, struct waiter *waiter, size_t more);

static inline bool waiter_is_waiting(const struct waiter *waiter)
{
    return waiter->missing > 0;
}

#endif
