/*
 * What passes along a trunk: something about one client of a relay, in both directions. Items
 * are numbered from 1 in each direction, so that after a broken link none is lost or doubled.
 */
#ifndef TRUNK_ITEM_H
#define TRUNK_ITEM_H

#include "base/span.h"

enum item_kind {
    ITEM_OPEN = 1,  /* a client has connected; the bytes identify it */
    ITEM_BYTES = 2, /* whole requests of the client, or replies to it */
    ITEM_LEAVE = 3, /* it has left, or has to; the bytes say why */
};

struct item {
    uint32_t session; /* the relay's number of the client */
    enum item_kind kind;
    struct span bytes; /* borrowed */
};

#endif
