/* The sockets that a server listens on, opened as its options say. */
#ifndef SERVER_LISTEN_SOCKETS_H
#define SERVER_LISTEN_SOCKETS_H

#include "server/server.h"

/* Fills in server->listeners. On failure nothing is left behind, and the options' socket is
 * untouched. Errors as tcpstore_server_new. */
int listen_sockets_open(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

#endif
