/* Which peers may use HTTP, and where: on the store's port, or on a separate one. Call its
 * functions on the loop's thread, except http_access_init, http_access_listen and
 * http_access_address. */
#ifndef EMBED_HTTP_ACCESS_H
#define EMBED_HTTP_ACCESS_H

#include "observe/observer.h"
#include "server/acceptor.h"
#include "uplink/uplink.h"

struct http_access {
    struct client_log log;
    struct observer *observer;
    struct uplink *uplink;     /* of a relay; else NULL */
    struct allow_list allowed; /* on the store's port */
    struct acceptor acceptor;  /* of the separate port */
    bool has_acceptor;
    bool is_open;
};

/* Borrows the pointers. TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int http_access_init(
    struct http_access *access, uv_loop_t *loop, struct turns *turns, const struct log *log,
    struct observer *observer, struct uplink *uplink,
    const struct tcpstore_server_options *options, struct tcpstore_error *error);

/* Opens the separate port, if the options ask for one. Errors as acceptor_listen. */
TCPSTORE_MUST_USE
int http_access_listen(
    struct http_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int http_access_start(struct http_access *access, struct tcpstore_error *error);

/* A client of the port of a store, by its number, has begun with an HTTP method: serves or
 * closes `fd`. */
void http_access_admit(
    struct http_access *access, int fd, const union address *peer, uint64_t store);

/* The address of the separate port, as "127.0.0.1:8080"; NULL: HTTP has none. */
const char *http_access_address(const struct http_access *access);

/* One that is all zero, or has failed to initialize, is fine. */
void http_access_close(struct http_access *access);

/* Call it when the loop has run after http_access_close. */
void http_access_done(struct http_access *access);

#endif
