/*
 * The record of the clients' last operations: its memory, and how a program gets it. See
 * record/record.h.
 *
 * Happy path: a program asks; on the loop's thread, its callback gets a copy.
 *
 * Ways to fail: there is no memory for the ring, and the server does not start; or none for a
 * copy, and the callback gets NULL.
 */
#ifndef SERVER_RECORDER_H
#define SERVER_RECORDER_H

#include <tcpstore/server.h>
#include <uv.h>

#include "record/record.h"

struct recorder {
    struct record record; /* its memory is NULL if nothing is recorded */
    uv_async_t request;
    tcpstore_record_fn *take;
    void *context;
};

/* Call it first. `size` 0: nothing is recorded. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int recorder_init(struct recorder *recorder, size_t size);

/* Returns libuv's error. Then recorder_close must not be called. */
TCPSTORE_MUST_USE
int recorder_open(struct recorder *recorder, uv_loop_t *loop);

/* `take` gets the copies; NULL: nothing does. */
void recorder_report_to(struct recorder *recorder, tcpstore_record_fn *take, void *context);

void recorder_close(struct recorder *recorder);

/* Call it when nothing records any more. */
void recorder_done(struct recorder *recorder);

/* For the engine. NULL if nothing is recorded. */
static inline struct record *recorder_record(struct recorder *recorder)
{
    return recorder->record.memory == NULL ? NULL : &recorder->record;
}

/* Asks for a copy. Any thread, and signal handlers; until recorder_close. */
void recorder_ask(struct recorder *recorder);

/* The `origin` of a file that is written now. Async-signal-safe. */
int64_t recorder_origin(void);

/* Writes the record to `fd`. Returns the number of its entries, or -1 with errno set.
 * Async-signal-safe. */
int64_t recorder_dump(struct recorder *recorder, int fd);

#endif
