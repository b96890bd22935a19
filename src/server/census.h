/*
 * Answers "who is everybody waiting for?" without delaying any client.
 *
 * In turns it copies what is known of the clients, and asks the store what the stages ask; what
 * takes longer, a thread works out on the copy. One census at a time. Call its functions on the
 * loop's thread.
 */
#ifndef SERVER_CENSUS_H
#define SERVER_CENSUS_H

#include "server/clients.h"
#include "why/report.h"

/* `report` and `text`, of which there is none if `code` is TCPSTORE_ENOMEM (no memory, or no
 * thread), are valid during the call. */
typedef void census_fn(
    void *context, int code, const struct report *report, struct outbox *text);

struct census_chunk;

struct census {
    struct turn turn;
    struct clients *clients;
    struct memory memory; /* its own account: the thread uses it, too */
    struct hash_key hash_key;
    int64_t hang_ms;
    census_fn *done; /* NULL: no census is being taken */
    void *context;

    uint64_t now; /* when it began, ms of the loop's clock */
    struct facts facts;
    struct facts_client *array; /* of the facts */
    size_t capacity;
    struct census_chunk *chunks; /* of the bytes that the facts borrow */
    struct report report;
    bool has_report;
    struct stage *asked; /* the stage that gets its answers */
    uint32_t number;     /* of its next key */
    struct outbox text;
    uv_thread_t thread;
    uv_async_t ended; /* the thread has */
    bool has_thread;
    int code;
};

/* Returns libuv's error. */
int census_init(
    struct census *census, uv_loop_t *loop, struct clients *clients,
    const struct hash_key *hash_key);

/* Calls `done` in a later iteration. Returns false, and does nothing, if one is being taken. A
 * wait of `hang_ms` counts as a hang. */
bool census_take(struct census *census, int64_t hang_ms, census_fn *done, void *context);

/* No `done` is called any more. Waits for the thread. Call census_done when the loop has run
 * after that. */
void census_close(struct census *census);
void census_done(struct census *census);

#endif
