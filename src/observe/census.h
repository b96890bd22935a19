/*
 * Answers questions about all clients of a store without delaying any.
 *
 * In turns it copies what is known of the clients, and asks the store what the stages ask; what
 * takes longer, a thread works out on the copy. Questions that are asked while a census is
 * being taken share the next one, so no answer is older than its question. The stores of a
 * server share a thread and the memory for one census: theirs are taken one after the other.
 * Call the functions on the loop's thread.
 */
#ifndef OBSERVE_CENSUS_H
#define OBSERVE_CENSUS_H

#include "observe/facts_copy.h"
#include "server/worker.h"
#include "why/report.h"

/* Embedded in what asks. */
struct question {
    struct list link;

    /* Called in the thread, while nothing else uses the report. Returns 0 or an error. */
    int (*work_out)(struct question *question, struct report *report);

    /* Called on the loop's thread when that is done, or could not be done: TCPSTORE_ENOMEM, no
     * memory, or no thread. The question may be freed, and others asked. */
    void (*answered)(struct question *question, int code);

    uint16_t port; /* to which the clients connect; 0: their processes are not asked for */
    int code;      /* the census's */
};

/* Of one store. */
struct census {
    struct list link; /* the taker's, while it waits to be taken */
    struct census_taker *taker;
    struct clients *clients;
    struct hash_key hash_key;
    struct list questions; /* for the next one */
};

/* Takes those of all stores. */
struct census_taker {
    struct turn turn;
    struct turns *turns;
    struct memory memory; /* its own account: the thread uses it, too */
    struct worker worker;
    struct list waiting;    /* censuses that are to be taken */
    struct census *current; /* NULL: none is being taken */

    /* Of the current one: */
    struct list questions;
    struct facts_copy copy;
    struct report report;
    bool has_report;
    struct stage *asked; /* the stage that gets its answers */
    uint32_t number;     /* of its next key */
    int code;
};

/* Returns libuv's error: then nothing is open. Borrows the pointers. */
TCPSTORE_MUST_USE
int census_taker_init(struct census_taker *taker, uv_loop_t *loop, struct turns *turns);

/* No question is answered any more. Waits for the thread. Call census_taker_done when the loop
 * has run after that. One that is all zero is fine. */
void census_taker_close(struct census_taker *taker);
void census_taker_done(struct census_taker *taker);

/* Borrows the pointers. Nothing has to be freed. */
void census_init(
    struct census *census, struct census_taker *taker, struct clients *clients,
    const struct hash_key *hash_key);

/* Calls `work_out` and `answered` of the question in later iterations. */
void census_ask(struct census *census, struct question *question);

/* Whether all questions are answered, so that it may be freed. */
bool census_is_idle(const struct census *census);

#endif
