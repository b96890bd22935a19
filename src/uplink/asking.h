/*
 * Asks the store once for all clients of a relay that ask alike.
 *
 * An inquiry is a request that changes nothing. Of those who ask the same, one asks the store,
 * and those who ask while it has no answer share the answer of the next one, who asks after
 * they did. So each gets an answer that was true after it had asked.
 *
 * Only a client to which nothing is owed shares answers: all that it has sent before took
 * effect, and it sends nothing until it has the answer. What any other sends goes on at once.
 * A WAIT that lasts goes to the store for each client, so that the store can tell who waits.
 *
 * Clients that have asked the same tend to do so again, as they read the same keys in the same
 * order: the first of them waits a few milliseconds for the others, so that they stay together.
 *
 * Call the functions on the loop's thread.
 */
#ifndef UPLINK_ASKING_H
#define UPLINK_ASKING_H

#include "base/hash.h"
#include "base/memory.h"
#include "server/deadlines.h"
#include "wire/passing.h"

enum {
    INQUIRY_MAX = 4 << 10, /* bytes of one; a longer one is asked by each client */
    ASKING_BUCKETS = 64,
};

/* Embedded in a client, which finds itself by CONTAINER_OF. */
struct asker {
    struct passing passing;
    uint16_t store;          /* a number: only clients of the same one share answers */
    struct inquiry *inquiry; /* which waits for its answer; NULL: none does */
    struct list link;        /* of the inquiry's list, but not of its leader */
    struct company *company; /* which waits for it to ask; NULL: none does */
    struct list member;      /* of the company */
};

/* Each may end with asking_leave for that asker. */
struct asking_events {
    /* Its request goes to the store. */
    void (*send)(struct asker *asker, struct span bytes);

    /* It gets the answer that another one has got. */
    void (*answer)(struct asker *asker, struct span bytes);
};

struct asking {
    struct memory *memory;
    const struct asking_events *events;
    struct hash_key hash_key;
    struct list inquiries[ASKING_BUCKETS]; /* by hash */
    struct deadlines lasting;              /* of WAITs */
    struct deadlines gathering;            /* of companies */
    uint64_t shared_answers;               /* requests that had another's answer */
};

/* The pointers are borrowed. */
void asking_init(
    struct asking *asking, uv_loop_t *loop, struct memory *memory,
    const struct asking_events *events);

/* All askers must have left, or leave later. */
void asking_close(struct asking *asking);

/* One that speaks the store's protocol, before its first byte; `store` is its number. */
void asking_enter(struct asker *asker, uint16_t store);

/* It has sent these bytes: they go to the store now, later, or never. `may_share`: it can be
 * given another's answer. */
void asking_sent(struct asking *asking, struct asker *asker, struct span bytes, bool may_share);

/* It has been given these bytes of the store. */
void asking_given(struct asker *asker, struct span bytes);

/* What it has sent goes to the store now: it will send no more. */
void asking_finish(struct asker *asker);

/* It needs no answer any more. One that has not entered, or has left, is fine. */
void asking_leave(struct asker *asker);

#endif
