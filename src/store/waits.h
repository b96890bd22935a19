/*
 * Who waits for which names.
 *
 * A waiter is registered once for each name it misses and ticked off name by name; when
 * none is left it is released, and is registered nowhere. Registering, ticking off and
 * forgetting a waiter cost what that waiter waits for, whoever else waits. Not thread-safe.
 */
#ifndef STORE_WAITS_H
#define STORE_WAITS_H

#include "base/list.h"
#include "base/table.h"

struct waits {
    struct table table;
};

struct waiter;

/* One waiter at one name, in the list of that name. Unlinked once it is ticked off. */
struct wait {
    struct list link;
    struct waiter *waiter;
};

/* A client's one wait. All zero when it does not wait. */
struct waiter {
    struct wait *waits;           /* one for each name; NULL: does not wait */
    size_t capacity;              /* of `waits` */
    size_t registered;            /* of them */
    size_t missing;               /* of those, not ticked off */
    struct wait single;           /* `waits`, if it is one: the usual case allocates nothing */
    struct awaited *barrier;      /* where it is counted, if it waits on a barrier */
    struct waiter *next_released; /* in a struct released */
};

/* Waiters that have nothing left to wait for, in the order of their release; each is in
 * the state of one that does not wait. */
struct released {
    struct waiter *first;
    struct waiter **end; /* the null link after the last */
    struct waiter *own;  /* that of the writer: its release is only flagged, because the handler
                            orders its reply among its others */
    bool own_released;
};

void released_init(struct released *released);

/* NULL if there is none left. */
struct waiter *released_take(struct released *released);

/* TCPSTORE_ENOMEM. */
int waits_init(struct waits *waits, struct memory *memory, const struct hash_key *hash_key);

/* No waiter may be registered any more. */
void waits_done(struct waits *waits);

/* Prepares a waiter, which does not wait, for `names` names. TCPSTORE_ENOMEM. */
int waiter_prepare(struct waits *waits, struct waiter *waiter, size_t names);

/* Registers it for one more name, of those it was prepared for; the same name twice is fine.
 * TCPSTORE_ENOMEM, and then waiter_forget is due. */
int waiter_add(struct waits *waits, struct waiter *waiter, struct span name);

/* As waiter_prepare and waiter_add for the one name of a barrier, in which it is counted. */
int waiter_add_barrier(struct waits *waits, struct waiter *waiter, struct span name);

/* The barrier that it is counted in; an empty span if there is none. Valid until it is
 * forgotten or released. */
struct span waiter_barrier(const struct waits *waits, const struct waiter *waiter);

/* Takes a waiter out of everything. One that does not wait is fine. */
void waiter_forget(struct waits *waits, struct waiter *waiter);

/* Ticks the name off for all that wait for it, longest first. */
void waits_wake_all(struct waits *waits, struct span name, struct released *released);

/* The same, but only until a waiter is released by it. */
void waits_wake_one(struct waits *waits, struct span name, struct released *released);

/* From now on none of the name's waiters is counted in its barrier. */
void waits_uncount(struct waits *waits, struct span name);

static inline bool waiter_is_waiting(const struct waiter *waiter)
{
    return waiter->waits != NULL;
}

#endif
