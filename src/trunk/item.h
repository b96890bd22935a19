/*
 * What passes along a trunk: something about one client of a relay, in both directions, or
 * about a store of a job. Items are numbered from 1 in each direction, so that after a broken
 * link none is lost or doubled.
 */
#ifndef TRUNK_ITEM_H
#define TRUNK_ITEM_H

#include "base/span.h"

enum item_kind {
    ITEM_OPEN = 1,  /* a client has connected; the bytes are about it: opening.h */
    ITEM_BYTES = 2, /* requests of the client, or replies to it, cut anywhere */
    ITEM_LEAVE = 3, /* it sends no more, or has to leave; each end sends one, and after it only
                       ITEM_TAKEN */
    ITEM_TAKEN = 4, /* u32: so many of the client's bytes have left the trunk, whether they
                       reached it or not: window.h */
    ITEM_ABOUT =
        5, /* the relay has found out more about the client: what the bytes, an opening,
              say of its rank, process, host and program replaces what was said */

    /* Of no client: the store tells its relays which stores of jobs are open. */
    ITEM_STORE_OPENED = 6, /* the session is its port; the bytes are its name */
    ITEM_STORE_CLOSED = 7, /* the session is its port */
};

enum {
    ITEM_BYTES_MAX = 64 << 10, /* of an item */
    ITEM_SESSIONS_MAX = 1 << 16,
};

struct item {
    uint32_t session; /* the relay's number of the client, below ITEM_SESSIONS_MAX. When both
                         ends have left, another client may have it. Of a store, its port */
    enum item_kind kind;
    struct span bytes; /* borrowed */
};

#endif
