/*
 * A store: keys of its own on a port of its own, with its clients, its memory and its part of
 * the log. A server has a first one, and those of jobs.
 *
 * Life: keyspace_init; its acceptor listens; keyspace_start; to end it without holding the
 * loop, keyspace_leave until that returns true; keyspace_close, keyspace_free_keys,
 * keyspace_done. Call the functions on the loop's thread, except keyspace_free_keys.
 */
#ifndef EMBED_KEYSPACE_H
#define EMBED_KEYSPACE_H

#include "embed/common.h"
#include "observe/watch.h"
#include "server/upkeep.h"

struct keyspace {
    struct common *common;
    char name[STORE_NAME_MAX + 1]; /* "": the first */
    struct memories memories;
    struct engine engine;
    struct client_log client_log;
    struct acceptor acceptor;
    struct clients clients;
    struct watch watch;
    struct upkeep upkeep;
    bool has_engine;
    bool has_handles;
    bool is_left;
    void (*changed)(void *context);
    void *context;
};

struct keyspace_config {
    struct common *common;
    const char *name; /* "": the first */
    uint64_t number;  /* 0: the first */
    size_t memory_bytes;
    size_t own_bytes;               /* of them: what the caller has allocated for the store */
    void (*changed)(void *context); /* a client has come or gone */
    void *context;
};

/* The name is copied; the rest is borrowed. After an error, too, it has to be closed and freed.
 * TCPSTORE_ENOMEM, TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int keyspace_init(
    struct keyspace *keyspace, const struct keyspace_config *config,
    struct tcpstore_error *error);

/* Another acceptor, whose clients are the store's. Close it before keyspace_close. */
void keyspace_init_acceptor(struct keyspace *keyspace, struct acceptor *acceptor);

/* Accepts clients that have connected to the acceptor, and answers about the store. Call it
 * once the acceptor listens. TCPSTORE_ENOMEM, TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int keyspace_start(struct keyspace *keyspace, struct tcpstore_error *error);

/* Serves a client that is connected by a stream, which has no owner yet. False: it is refused,
 * and the stream is still the caller's. */
bool keyspace_admit(
    struct keyspace *keyspace, struct stream *stream, const union address *peer);

/* Closes the port and disconnects up to 64 clients. Returns true once no client and no question
 * is left; until then call it again in a later iteration. */
bool keyspace_leave(struct keyspace *keyspace);

/* Closes its handles, after turns_close or keyspace_leave. The memory is in use until the loop
 * has run. */
void keyspace_close(struct keyspace *keyspace);

/* Frees the keys, which may take seconds, and what only they need. Any thread, while no other
 * uses the store; after share_detach. */
void keyspace_free_keys(struct keyspace *keyspace);

/* Frees the rest, when the loop has run after keyspace_close. */
void keyspace_done(struct keyspace *keyspace);

#endif
