/* Listening sockets, made or taken over. */
#ifndef SERVER_SOCKET_H
#define SERVER_SOCKET_H

#include <tcpstore/error.h>

#include "server/address.h"

/*
 * A new socket that listens on `address`, non-blocking; for `::` it takes IPv4 clients, too.
 * Port 0 picks a free one.
 *
 * TCPSTORE_EADDRINUSE, TCPSTORE_EADDRNOTAVAIL, TCPSTORE_EACCESS, TCPSTORE_ESYSTEM
 */
int socket_listen(const union address *address, struct tcpstore_error *error, int *ret_fd);

/*
 * Makes sure that `fd`, a bound TCP socket of somebody else's, listens and does not block.
 *
 * TCPSTORE_EINVAL         it is no such socket
 * TCPSTORE_EPORTMISMATCH  it has another port than `port`, which is not 0
 * TCPSTORE_EADDRINUSE, TCPSTORE_ESYSTEM
 */
int socket_adopt(int fd, uint16_t port, struct tcpstore_error *error);

/* The address it is bound to. TCPSTORE_ESYSTEM. */
int socket_address(int fd, struct tcpstore_error *error, union address *ret_address);

#endif
