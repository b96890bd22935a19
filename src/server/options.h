/* What a server is asked to be, checked. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <tcpstore/server.h>

#include "server/network.h"

/* TCPSTORE_EINVAL, with a text that names the limit and its range. */
int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error);

/* The part of memory_bytes that only clients on this host may take, and only for a while. */
size_t limits_memory_reserve(const struct tcpstore_limits *limits);

/* The longest value whose reply can be sent, whatever else waits: of a client that is read
 * from, less than the high-water mark does, and no request is begun behind more replies than
 * that. */
size_t limits_sendable_value(const struct tcpstore_limits *limits);

/* The networks that the options allow; NULL, if they name none. The caller's to free.
 * TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
int options_networks(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct network **ret_networks);

#endif
