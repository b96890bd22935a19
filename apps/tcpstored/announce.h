/* The daemon's first line, which says where it serves and who can reach it. */
#ifndef TCPSTORED_ANNOUNCE_H
#define TCPSTORED_ANNOUNCE_H

#include <tcpstore/server.h>

#include "tcpstored/options.h"

/* Returns -1 with errno set if stdout does not take the line. */
TCPSTORE_MUST_USE
int announce(const struct tcpstore_server *server, const struct options *options);

#endif
