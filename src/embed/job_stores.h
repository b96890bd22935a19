/*
 * The stores of jobs, which HTTP opens by name, each on a port of its own.
 *
 * A store is forgotten, with all it holds, when it has had clients and has had none for some
 * time, or when HTTP closes it: its clients are disconnected, its handles closed, and its keys
 * freed in a thread. Call the functions on the loop's thread.
 */
#ifndef EMBED_JOB_STORES_H
#define EMBED_JOB_STORES_H

#include "embed/keyspace.h"
#include "server/worker.h"

struct job_stores_config {
    struct common *common;
    const struct acceptor *beside; /* stores listen on its addresses */
    size_t memory_bytes;           /* of each store */
    uint16_t first_port;           /* 0: any that is free */
    uint16_t last_port;
    size_t max_count;
    uint64_t linger_ms;
    void (*changed)(void *context); /* a client has come or gone */

    /* A store has opened, or is about to close. */
    void (*told)(void *context, const struct keyspace *keyspace, bool is_open);

    void *context;
};

struct job_stores {
    struct job_stores_config config;
    struct list open;
    struct list leaving; /* clients, or questions about them, are left */
    struct list closed;  /* handles: since the last tick */
    struct list dead;    /* their keys are to be freed; the first's may be being freed */
    size_t count;        /* of those that are open */
    uint64_t last_number;
    uint16_t next_port; /* of the range */
    uv_timer_t timer;   /* runs while any store has to be closed, or forgotten later */
    struct worker worker;
    bool is_closing;
};

/* Borrows what the configuration refers to. Returns libuv's error: then nothing is open. */
TCPSTORE_MUST_USE
int job_stores_init(struct job_stores *stores, const struct job_stores_config *config);

/*
 * Opens a store, unless it is open: *ret_is_new tells.
 *
 * TCPSTORE_EINVAL      the name is wrong
 * TCPSTORE_EADDRINUSE  no port of the range is free
 * TCPSTORE_ESTATE      the server is draining, or as many are open as may be
 * TCPSTORE_ENOMEM, TCPSTORE_ESYSTEM
 *
 * *ret_watch is valid until the store closes; after an error it is not set.
 */
TCPSTORE_MUST_USE
int job_stores_open(
    struct job_stores *stores, const char *name, struct tcpstore_error *error,
    const struct watch **ret_watch, bool *ret_is_new);

/* Closes the store, as `peer` asks over HTTP, and disconnects its clients. */
void job_stores_close_one(struct watch *watch, const char *peer);

/* Closes all, after turns_close. */
void job_stores_close(struct job_stores *stores);

/* Waits for the thread that frees keys. The memory is in use until the loop has run. One that
 * is all zero is fine, for job_stores_done, too. */
void job_stores_end(struct job_stores *stores);

/* Frees all. */
void job_stores_done(struct job_stores *stores);

#endif
