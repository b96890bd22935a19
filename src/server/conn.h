/* One client's connection. */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "server/server.h"

/* Serves the client behind the accepted socket `fd`, which is the connection's to close. */
void conn_open(struct tcpstore_server *server, int fd, const union address *peer);

/* Closes every connection; they are gone once the loop has run. */
void conns_close(struct tcpstore_server *server);

#endif
