/* The daemon's first line, which says where it serves and who can reach it. */
#ifndef TCPSTORED_ANNOUNCE_H
#define TCPSTORED_ANNOUNCE_H

#include <stdbool.h>

#include <tcpstore/server.h>

/* `own_socket`: the daemon opened its listeners itself, so that --bind can open it up.
 * Returns -1 with errno set if stdout does not take the line. */
TCPSTORE_MUST_USE
int announce(const struct tcpstore_server *server, bool own_socket);

#endif
