/* One handler for each operation. */
#ifndef ENGINE_DISPATCH_H
#define ENGINE_DISPATCH_H

#include <stdint.h>

#include "base/outbox.h"
#include "store/store.h"
#include "wire/request.h"
#include "wire/scan.h"

/* What a handler works with. Only the request changes while a session executes its bytes. */
struct execution {
    struct request request;
    uint64_t now; /* ms */
    struct store *store;
    struct waiter *waiter; /* the session's */
    struct outbox *replies;
    struct released *released; /* its `own` is the waiter */
    struct refusal *refusal;   /* a handler sets the numbers of its code in it */
    size_t queue_entries;      /* limit */
    size_t appended_bytes;     /* limit */
};

/* Why a session stopped. */
enum stop {
    STOP_NEEDS_BYTES, /* every whole request is executed */
    STOP_TURN_OVER,   /* there is more to do, in the client's next turn */
    STOP_PENDING,     /* the answer to the request at the front comes later */
    STOP_REFUSED,     /* a request, or memory for its bytes: the session must leave */
};

/* Executes the request of a session that has validated. Returns 0, the code of the refusal, or,
 * if the request is not done yet, STOP_TURN_OVER or STOP_PENDING: the function is called again
 * for the same request whenever the caller continues the session, be it too early. */
typedef int execute_fn(struct execution *execution);

/* An execute_fn that answers at once, from the store. */
int dispatch(struct execution *execution);

#endif
