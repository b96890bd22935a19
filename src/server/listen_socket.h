/* Opens a listening socket, or takes over one. Connected sockets inherit its options: no delay,
 * keep-alive, bounded buffers. */
#ifndef SERVER_LISTEN_SOCKET_H
#define SERVER_LISTEN_SOCKET_H

#include <tcpstore/error.h>

#include "server/address.h"

/*
 * Opens a non-blocking socket that listens on `address`; on `::` it accepts IPv4 clients, too,
 * unless `ipv6_only`. Port 0 picks a free one.
 *
 * TCPSTORE_EADDRINUSE, TCPSTORE_EADDRNOTAVAIL, TCPSTORE_EACCESS, TCPSTORE_ESYSTEM
 */
int socket_listen(
    const union address *address, bool ipv6_only, struct tcpstore_error *error, int *ret_fd);

/* Whether `fd` is an IPv6 socket that accepts no IPv4 clients. */
bool socket_is_ipv6_only(int fd);

/*
 * Makes `fd`, a bound TCP socket, listening and non-blocking.
 *
 * TCPSTORE_EINVAL         it is not a bound TCP socket
 * TCPSTORE_EPORTMISMATCH  it is bound to a port other than `port`, and `port` is not 0
 * TCPSTORE_EADDRINUSE, TCPSTORE_ESYSTEM
 */
int socket_adopt(int fd, uint16_t port, struct tcpstore_error *error);

/* The address that `fd` is bound to. TCPSTORE_ESYSTEM. */
int socket_address(int fd, struct tcpstore_error *error, union address *ret_address);

#endif
