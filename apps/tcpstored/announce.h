/*
 * The daemon's first line, which says where it serves and who can reach it. It is written in
 * the background, so that a stdout that is not read holds up nothing.
 *
 * Ways to fail: stdout does not take it; out of memory. The log has a line, and serving goes
 * on.
 */
#ifndef TCPSTORED_ANNOUNCE_H
#define TCPSTORED_ANNOUNCE_H

#include <tcpstore/server.h>

#include "tcpstored/options.h"

/* The first line of the log, with the addresses that it is to serve on. */
void announce_start(const struct options *options);

/* Once clients can connect. */
void announce(const struct tcpstore_server *server, const struct options *options);

#endif
