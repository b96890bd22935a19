/* One client's connection. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "server/server.h"

/* Where a client connects from, and whether it counts against the limit of clients. */
enum client_kind {
    CLIENT_REMOTE,
    CLIENT_LOCAL, /* from this host: may use the memory's reserve */
    CLIENT_GUEST, /* local, and beyond the limit */
};

/* Serves the client behind the accepted socket `fd`, which is the connection's to close. */
void conn_open(
    struct tcpstore_server *server, int fd, const union address *peer, enum client_kind kind);

/* Closes every connection; they are gone once the loop has run. */
void conns_close(struct tcpstore_server *server);

#endif
