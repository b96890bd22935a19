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

void announce(const struct tcpstore_server *server, const struct options *options);

#endif
