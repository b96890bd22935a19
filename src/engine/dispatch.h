/* One handler for each operation. */
#ifndef ENGINE_DISPATCH_H
#define ENGINE_DISPATCH_H

#include "engine/engine.h"
#include "wire/request.h"

/* What a handler works with. All but the request is the same for everything that one read
 * brings. */
struct call {
    struct request request;
    struct store *store;
    struct waiter *waiter; /* the session's */
    struct outbox *replies;
    struct released *released; /* its `own` is the waiter */
    struct refusal *refusal;   /* a handler sets the numbers of its code in it */
    size_t queue_entries;      /* limit */
    size_t appended_bytes;     /* limit */
};

/* Executes the request of a session that has validated. Returns 0 or the code of the
 * refusal. */
int dispatch(struct call *call);

#endif
