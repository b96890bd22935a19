/* What a server is asked to be, checked. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <tcpstore/server.h>

/* TCPSTORE_EINVAL, with a text that names the limit and its range. */
int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error);

/* The part of memory_bytes, in bytes, that only clients on this host use, to read and delete.
 */
size_t limits_memory_reserve(const struct tcpstore_limits *limits);

/* The longest value, in bytes, that can always be sent. Before it, less than the high-water
 * mark waits for a client that is still read from, and at most that much in replies of one
 * turn. */
size_t limits_sendable_value(const struct tcpstore_limits *limits);

#endif
