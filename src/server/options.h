/* What a server is asked to be, checked. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <tcpstore/server.h>

#include "server/network.h"

/* TCPSTORE_EINVAL, with a text that names the limit and its range. */
int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error);

/* The networks that the options allow; NULL, if they name none. The caller's to free.
 * TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
int options_networks(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct network **ret_networks);

#endif
