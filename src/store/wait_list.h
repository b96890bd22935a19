/*
 * All waits in the order of their registration, to be written down, and registered again
 * elsewhere. Those with one number, which waiters get when they leave a crowd, are in the order
 * of their names, and at one name in its own. No waiter may be held, and nothing may change
 * while they are listed. Not thread-safe.
 */
#ifndef STORE_WAIT_LIST_H
#define STORE_WAIT_LIST_H

#include "store/crowd.h"

struct wait_list {
    struct memory *memory;
    struct wait **waits; /* room for all of them twice: to sort them */
    size_t capacity;     /* waits that are registered */
    size_t count;
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int wait_list_begin(struct wait_list *ret_list, const struct waits *waits);

/* Adds the wait of a waiter in a crowd. One that is in none is fine. */
void wait_list_add_member(struct wait_list *list, struct waiter *waiter);

/* When all members are added: adds the waits at names, and sorts. */
void wait_list_finish(struct wait_list *list, const struct waits *waits);

void wait_list_done(struct wait_list *list);

/* The name that it is at: not of one in a crowd. */
static inline struct span wait_name(const struct wait *wait)
{
    return span_of(wait->awaited + 1, wait->awaited->node.key_len);
}

/* The crowd that the wait is of, as its own or as a member's. NULL: none. */
static inline struct crowd *wait_crowd(const struct wait *wait)
{
    if (wait->waiter->is_crowd)
        return crowd_of(wait->waiter);
    return wait->waiter->is_in_crowd && wait == &wait->waiter->first ? wait->crowd : NULL;
}

#endif
