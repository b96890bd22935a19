/* How waits are stored: for the files of this folder that register, forget and wake waiters. */
#ifndef STORE_WAITS_LAYOUT_H
#define STORE_WAITS_LAYOUT_H

#include "base/container.h"
#include "base/list.h"
#include "base/table.h"

struct waits {
    struct table table;
    size_t count; /* waits that are registered, of all waiters */
    uint64_t next_number;
};

struct waiter;

/* One waiter at one name, in the list of that name, or in a crowd. Unlinked once it is ticked
 * off. */
struct wait {
    struct list link;
    struct waiter *waiter;
    uint64_t number; /* of its registration: lists are in this order */
    union {          /* while it is linked */
        struct awaited *awaited;
        struct crowd *crowd; /* of a member */
    };
};

/* One client's WAIT or BARRIER, or that of a crowd. All zero: it does not wait. */
struct waiter {
    struct wait first;         /* for the first name: waiting for one allocates nothing; or as
                                  a member of a crowd */
    struct wait_block *blocks; /* for the others, newest block first */
    size_t missing;            /* names not ticked off, one more if held; 0: it does not wait */
    uint64_t epoch;            /* of the barrier that counts it, when it was counted */
    struct list released; /* link in a struct released, from its release until it is taken */
    bool held;
    bool is_in_crowd;
    bool is_crowd;         /* it is a member of struct crowd */
    bool is_counted;       /* by the barrier of its first wait, unless that counts anew since */
    uint32_t barrier_size; /* for an observer: of the BARRIER that it waits in, or the largest;
                              0: it waits in none */
};

/* Waits of one waiter. */
struct wait_block {
    struct wait_block *next;
    size_t capacity;
    size_t used;
    struct wait waits[];
};

/* A name that at least one waiter waits for. The node's `user_word` is the name's hash, so that
 * it is not computed again when the last wait ends. */
struct awaited {
    struct table_node node;
    struct list waits;
    uint64_t epoch;       /* of a barrier: one for each count */
    bool may_have_crowds; /* among `waits` */
};

static inline struct wait *wait_at(struct list *link)
{
    return CONTAINER_OF(link, struct wait, link);
}

static inline struct awaited *awaited_at(struct table_node *const *link)
{
    return CONTAINER_OF(*link, struct awaited, node);
}

#endif
