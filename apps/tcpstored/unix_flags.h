/* --unix-mode, and --unix-owner, which is written as for chown(1): USER, USER:GROUP or :GROUP,
 * each a name or a number. */
#ifndef TCPSTORED_UNIX_FLAGS_H
#define TCPSTORED_UNIX_FLAGS_H

#include <tcpstore/server.h>

#include "common/flags.h"

/* Puts both, NULL if not given, into `server`, which has the path. Looks names up, which may
 * take long where they are in a network's directory. Returns -1 if something is wrong, and
 * prints it on stderr. */
TCPSTORE_MUST_USE
int unix_flags_fill(
    const struct flags *flags, const char *mode, const char *owner,
    struct tcpstore_server_options *server);

#endif
