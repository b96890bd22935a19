/* What a server is asked to be, checked. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <tcpstore/server.h>

/* TCPSTORE_EINVAL, with a text that names the limit and its range. */
int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error);

#endif
