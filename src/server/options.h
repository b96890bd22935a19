/* The limits among a server's options, and its Unix socket. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <tcpstore/server.h>

#include "server/unix_socket.h"

/* TCPSTORE_EINVAL if a limit is out of its range, which the text names. */
int limits_check(const struct tcpstore_limits *limits, struct tcpstore_error *error);

/* TCPSTORE_EINVAL if what is about the stores of jobs is out of its range. */
int jobs_check(const struct tcpstore_server_options *options, struct tcpstore_error *error);

/* Borrows the path, which is not NULL. */
struct unix_file unix_file_of(const struct tcpstore_server_options *options);

/* The part of a server's or a store's memory in which nothing is stored: it serves clients. */
size_t memory_reserve(size_t memory_bytes);

/* The longest value, in bytes, that can always be sent. Ahead of it wait less than
 * output_high_water bytes, since a client with more is not read from, and at most as many again
 * of the same turn. */
size_t limits_sendable_value(const struct tcpstore_limits *limits);

#endif
