/* What the first bytes of a client show it to be. */
#ifndef UPLINK_ARRIVAL_H
#define UPLINK_ARRIVAL_H

#include "base/span.h"

enum arrival {
    ARRIVAL_UNCLEAR,  /* too few bytes have come */
    ARRIVAL_CLIENT,   /* it speaks the store's protocol */
    ARRIVAL_HTTP,     /* it asks for a path of the store's */
    ARRIVAL_OWN_HTTP, /* it asks for a path that a relay answers itself: docs/HTTP.md */
};

enum { ARRIVAL_MAX = 32 /* bytes that are never unclear */ };

/* `bytes` are one or more, from the first one on. */
enum arrival arrival_read(struct span bytes);

#endif
