/* One client's connection. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "server/server.h"

/* The place that a client has. */
enum place {
    PLACE_REMOTE,
    PLACE_HOST,  /* of a client on this host: it may take the memory's reserve */
    PLACE_GUEST, /* the same, beyond the limit of clients */
};

/* Serves the client behind the accepted socket `fd`, which is the connection's to close. */
void conn_open(
    struct tcpstore_server *server, int fd, const union address *peer, enum place place);

/* Closes every connection; they are gone once the loop has run. */
void conns_close(struct tcpstore_server *server);

#endif
