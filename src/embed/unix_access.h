/* The Unix socket by which clients on this host reach the first store, beside its port. Call
 * its functions on the loop's thread, except unix_access_listen and unix_access_path. */
#ifndef EMBED_UNIX_ACCESS_H
#define EMBED_UNIX_ACCESS_H

#include "embed/keyspace.h"
#include "server/acceptor.h"
#include "server/unix_socket.h"

struct unix_access {
    struct acceptor acceptor;
    struct unix_socket socket;
    bool is_open;
    bool is_listening;
};

/* If the options ask for no Unix socket, nothing is open. Borrows `first`. */
void unix_access_init(
    struct unix_access *access, struct keyspace *first,
    const struct tcpstore_server_options *options);

/* Errors as unix_socket_listen, and TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int unix_access_listen(
    struct unix_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int unix_access_start(struct unix_access *access, struct tcpstore_error *error);

/* NULL: there is none. */
const char *unix_access_path(const struct unix_access *access);

/* Removes the file, and closes the socket. Before keyspace_close. One that is all zero is
 * fine. */
void unix_access_close(struct unix_access *access);

/* Call it when the loop has run after unix_access_close. */
void unix_access_done(struct unix_access *access);

#endif
