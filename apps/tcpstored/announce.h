/*
 * The daemon's first line on stdout: its addresses, and which hosts can reach them. It is
 * written in the background, so that a stalled reader delays nothing.
 *
 * Ways to fail: stdout cannot be written; out of memory. Both are logged, and serving goes on.
 */
#ifndef TCPSTORED_ANNOUNCE_H
#define TCPSTORED_ANNOUNCE_H

#include <tcpstore/server.h>

#include "tcpstored/options.h"

/* Logs `starting`, the log's first line, with the requested addresses. */
void announce_start(const struct options *options);

/* Prints the first line and logs `serving`. Call it when clients can connect. */
void announce(const struct tcpstore_server *server, const struct options *options);

#endif
