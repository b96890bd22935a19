/*
 * Waiters that miss the same names.
 *
 * A crowd is registered once at the names, its members only with it: a waiter joins and leaves
 * in constant time and memory. When the last name appears, all members are released. All
 * clients are released in the same order as without crowds. Not thread-safe.
 *
 * A crowd ends with its last member.
 */
#ifndef STORE_CROWD_H
#define STORE_CROWD_H

#include "store/waits.h"

/* Through it, waiters find the crowd that they can join. */
struct crowd_owner {
    struct crowd *crowd; /* the latest one; NULL: it is closed, or has ended */
    bool has_appeared;   /* all that it missed has appeared, so that it was released */
};

struct crowd {
    struct list members;       /* their `first` waits, longest first */
    struct waiter waiter;      /* at the names */
    struct crowd_owner *owner; /* NULL: it is closed */
    uint32_t listed_as;        /* see store/wait_list.h */
};

/* Begins a crowd with its first member, which must not wait, and closes the owner's crowd
 * before. It is held: register `crowd->waiter` with waiter_add, and then let the crowd go. NULL
 * if memory is refused. */
struct crowd *crowd_begin(
    struct waits *waits, struct waiter *waiter, struct crowd_owner *owner);

/* Ends the hold. If no name is missing, the crowd ends, and the first member does not wait in
 * it any more. */
void crowd_let_go(struct waits *waits, struct crowd *crowd);

/* The waiter, which must not wait, becomes a member. The crowd must be open, and not held. */
void crowd_join(struct waits *waits, struct crowd *crowd, struct waiter *waiter);

/* No further waiter can join the crowd. Fine if the owner has none. */
void crowd_close(struct crowd_owner *owner);

/* All that the crowd missed has appeared, and its members are taken out: it ends. */
void crowd_end_appeared(struct waits *waits, struct crowd *crowd);

/* Restores a closed crowd: the caller registers `crowd->waiter` at one name or more, and
 * restores one member or more. NULL if memory is refused. */
struct crowd *crowd_restore(struct waits *waits);
void crowd_restore_member(struct waits *waits, struct crowd *crowd, struct waiter *waiter);

/* Ends one that is restored, but has got no members. */
void crowd_drop(struct waits *waits, struct crowd *crowd);

/* The waiter leaves its crowd, in turns like waiter_forget_some. */
bool crowd_leave(struct waits *waits, struct waiter *waiter, long *steps);

/* waiter_forget_some for a waiter that may be in a crowd. */
static inline bool crowd_forget_some(struct waits *waits, struct waiter *waiter, long *steps)
{
    if (waiter->is_in_crowd && !crowd_leave(waits, waiter, steps))
        return false;
    return waiter_forget_some(waits, waiter, steps);
}

/* From now on each member of a crowd that waits for the name waits for it itself, so that it
 * can be released alone. These crowds are closed. If there may be crowds, it takes a
 * step for each wait at the name and for each member. TCPSTORE_ENOMEM: some crowds may be as
 * before. */
TCPSTORE_MUST_USE
int crowds_split_off(struct waits *waits, struct name name, long *steps);

/* The waiter that is registered at the names: itself, or that of its crowd. */
static inline const struct waiter *crowd_waiter_of(const struct waiter *waiter)
{
    return waiter->is_in_crowd ? &waiter->first.crowd->waiter : waiter;
}

static inline struct crowd *crowd_of(struct waiter *waiter)
{
    return CONTAINER_OF(waiter, struct crowd, waiter);
}

#endif
