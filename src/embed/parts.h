/*
 * The parts of a server, and how they are joined: the loop with its handles, the first store,
 * those of jobs, HTTP, and the record.
 *
 * The loop ends when no handle is left except those of `request`, the recorder and the
 * thread that frees keys, which are unreferenced. These stay open until parts_done, so any
 * thread can use the first two until then.
 */
#ifndef EMBED_PARTS_H
#define EMBED_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "embed/ending.h"
#include "embed/job_stores.h"
#include "embed/trunk_access.h"
#include "embed/unix_access.h"

/* All of it belongs to the loop's thread, except where noted. */
struct tcpstore_server {
    struct common common;
    uv_async_t request; /* other threads use only this handle, and the recorder's */
    struct keyspace first;
    struct job_stores jobs;
    struct trunk_access trunk;
    struct unix_access unix_access;
    struct ending ending;
    atomic_bool is_stop_wanted; /* this and the next two: any thread sets them */
    atomic_bool is_drain_wanted;
    atomic_bool is_reload_wanted;
    bool stopping;

    atomic_flag used; /* run or start was called */
    bool has_thread;
    pthread_t thread;
};

/* Creates everything but the listeners. After an error nothing is left. TCPSTORE_EINVAL,
 * TCPSTORE_ENOMEM, TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int parts_init(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* Opens the listeners. Errors as acceptor_listen and acceptor_adopt. */
TCPSTORE_MUST_USE
int parts_listen(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* Begins to accept clients. TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int parts_start(struct tcpstore_server *server, struct tcpstore_error *error);

/* Closes every handle but those, so that the loop ends. May be called again. */
void parts_shut_down(struct tcpstore_server *server);

/* Frees everything. Call it when the loop does not run. */
void parts_done(struct tcpstore_server *server);

#endif
