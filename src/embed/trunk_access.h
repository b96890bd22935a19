/* Where relays connect, and the stores in which their clients are served. With TLS, clients may
 * connect there, too. Call its functions on
 * the loop's thread, except trunk_access_init, trunk_access_listen and trunk_access_address. */
#ifndef EMBED_TRUNK_ACCESS_H
#define EMBED_TRUNK_ACCESS_H

#include "embed/keyspace.h"
#include "embed/name_list.h"
#include "relays/relays.h"
#include "secure/handshakes.h"
#include "server/acceptor.h"

struct trunk_access {
    struct client_log log;
    struct common *common;
    struct keyspace *first;
    struct acceptor acceptor;
    struct name_list allowed;
    struct handshakes handshakes; /* if the server has TLS */
    struct relays relays;
    bool is_open;
};

/* `first` is the first store, whose memory the relays use. If the options ask for no trunk,
 * nothing is open. Borrows the pointers, but not the options. TCPSTORE_ENOMEM: nothing is open.
 */
TCPSTORE_MUST_USE
int trunk_access_init(
    struct trunk_access *access, struct common *common, struct keyspace *first,
    const struct tcpstore_server_options *options, struct tcpstore_error *error);

/* Errors as acceptor_listen. */
TCPSTORE_MUST_USE
int trunk_access_listen(
    struct trunk_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int trunk_access_start(struct trunk_access *access, struct tcpstore_error *error);

/* As "127.0.0.1:29600"; NULL: there is none. */
const char *trunk_access_address(const struct trunk_access *access);

/* A store of a job has opened, or is closed: relays learn it. One that is not open is fine. */
void trunk_access_tell_store(
    struct trunk_access *access, uint16_t port, const char *name, bool is_open);

/* This server is a relay that is forgotten: relays_forget_all. Likewise. */
void trunk_access_forget_relays(struct trunk_access *access);

/* After turns_close, and when all clients are disconnected. One that is all zero is fine. */
void trunk_access_close(struct trunk_access *access);

/* Call it when the loop has run after trunk_access_close. */
void trunk_access_done(struct trunk_access *access);

#endif
