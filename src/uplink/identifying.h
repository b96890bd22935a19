/*
 * Finds the processes of a relay's clients, and tells the store. That takes milliseconds,
 * however many clients are sought: so a thread does it, soon after clients have connected, for
 * all of them at once. Call the functions on the loop's thread.
 */
#ifndef UPLINK_IDENTIFYING_H
#define UPLINK_IDENTIFYING_H

#include "server/acceptor.h"
#include "server/worker.h"
#include "uplink/uplink_client.h"

struct search;

struct identifying {
    const struct acceptor *acceptor; /* by which the clients have come; NULL: none is sought */
    struct memory *memory;
    uv_timer_t timer; /* until the next search */
    struct worker worker;
    struct list newcomers; /* clients that are sought next */
    struct list sought;    /* clients that are being sought */
    struct search *search; /* for these; NULL: none is going on */
    uint64_t search_ns;    /* the time that the last one took */
};

/* Borrows the pointers. `acceptor` NULL, or memory refused: no client is identified. */
void identifying_init(
    struct identifying *identifying, uv_loop_t *loop, const struct acceptor *acceptor,
    struct memory *memory);

/* Looks for the client's process soon. */
void identifying_add(struct identifying *identifying, struct uplink_client *client);

/* The client is about to be freed. */
void identifying_forget(struct uplink_client *client);

/* No store is told any more. Waits for the thread. The memory is in use until the loop has run.
 */
void identifying_close(struct identifying *identifying);

#endif
