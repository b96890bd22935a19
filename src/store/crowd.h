/*
 * Waiters that miss the same names.
 *
 * A crowd is registered once at the names, its members only with it: a waiter joins and leaves
 * in constant time and memory. When the last name appears, all members are released. To them
 * and to all others it makes no difference. Not thread-safe.
 *
 * A crowd ends with its last member.
 */
#ifndef STORE_CROWD_H
#define STORE_CROWD_H

#include "store/waits.h"

struct crowd {
    struct list members;  /* their `first` waits, longest first */
    struct waiter waiter; /* at the names */
    struct crowd **owner; /* who lets waiters join; NULL: it is closed */
};

/* Begins a crowd with its first member, which must not wait. It is held: register
 * `crowd->waiter` with waiter_add, and then let the crowd go. *owner points to the crowd until
 * it is closed or ends. NULL if memory is refused. */
struct crowd *crowd_begin(struct waits *waits, struct waiter *waiter, struct crowd **owner);

/* Ends the hold. If no name is missing, the crowd ends, and the first member does not wait in
 * it any more. */
void crowd_let_go(struct waits *waits, struct crowd *crowd);

/* The waiter, which must not wait, becomes a member. The crowd must be open, and not held. */
void crowd_join(struct waits *waits, struct crowd *crowd, struct waiter *waiter);

/* Nobody joins any more. */
void crowd_close(struct crowd *crowd);

/* The crowd misses no name, and has no members: it ends. */
void crowd_end(struct waits *waits, struct crowd *crowd);

/* waiter_forget_some for a waiter that may be in a crowd. */
bool crowd_forget_some(struct waits *waits, struct waiter *waiter, long *steps);

/* From now on each member of a crowd that waits for the name waits for it itself, so that it
 * can be released alone. These crowds are closed. TCPSTORE_ENOMEM: some crowds may be as
 * before. */
TCPSTORE_MUST_USE
int crowds_split_off(struct waits *waits, struct name name);

static inline struct crowd *crowd_of(struct waiter *waiter)
{
    return CONTAINER_OF(waiter, struct crowd, waiter);
}

#endif
