/*
 * A thread for what takes too long for the loop. It works at low priority, so that it takes
 * little of a processor that the loop needs, and lives until the worker is closed: to wait for
 * its end, the loop would have to wait until it is scheduled. Call the functions on the loop's
 * thread.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include <tcpstore/error.h>

struct worker {
    uv_thread_t thread;
    uv_sem_t wanted;
    uv_async_t finished;
    void (*work)(void *context);
    void (*done)(void *context);
    void *context;
    bool has_thread; /* it begins with the first work */
    bool is_busy;
    atomic_bool has_worked; /* orders what `work` has written before `done` */
    atomic_bool is_closing;
};

/* `work` is called in the thread, and then `done` on the loop's. Returns libuv's error: then
 * nothing is open. */
TCPSTORE_MUST_USE
int worker_init(
    struct worker *worker, uv_loop_t *loop, void (*work)(void *context),
    void (*done)(void *context), void *context);

/* Has it work; it is not busy. TCPSTORE_ENOMEM: the system refuses a thread. */
TCPSTORE_MUST_USE
int worker_start(struct worker *worker);

/* Waits until it has worked; `done` is not called any more. The memory is in use until the loop
 * has run. */
void worker_close(struct worker *worker);

#endif
