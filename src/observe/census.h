/*
 * Answers questions about all clients without delaying any.
 *
 * In turns it copies what is known of the clients, and asks the store what the stages ask; what
 * takes longer, a thread works out on the copy. Questions that are asked while a census is
 * being taken share the next one, so no answer is older than its question. Call its functions
 * on the loop's thread.
 */
#ifndef OBSERVE_CENSUS_H
#define OBSERVE_CENSUS_H

#include "observe/worker.h"
#include "server/clients.h"
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

struct census_chunk;

struct census {
    struct turn turn;
    struct clients *clients;
    struct memory memory; /* its own account: the thread uses it, too */
    struct hash_key hash_key;
    struct list waiting;  /* questions for the next census */
    struct list answered; /* questions of this one */
    bool is_busy;

    uint64_t now; /* when it began, ms of the loop's clock */
    struct facts facts;
    struct facts_client *array; /* of the facts */
    size_t capacity;
    struct census_chunk *chunks; /* of the bytes that the facts borrow */
    struct report report;
    bool has_report;
    struct stage *asked; /* the stage that gets its answers */
    uint32_t number;     /* of its next key */
    struct worker worker;
    int code;
};

/* Returns libuv's error. */
int census_init(
    struct census *census, uv_loop_t *loop, struct clients *clients,
    const struct hash_key *hash_key);

/* Calls `work_out` and `answered` of the question in later iterations. */
void census_ask(struct census *census, struct question *question);

/* No question is answered any more. Waits for the thread. Call census_done when the loop has
 * run after that. */
void census_close(struct census *census);
void census_done(struct census *census);

#endif
