/* The sockets of this host that are connected to a port, by sock_diag(7). Thread-safe. */
#ifndef PROCESSES_LOCAL_SOCKETS_H
#define PROCESSES_LOCAL_SOCKETS_H

#include "server/address.h"

/* `inode` is the socket's number, by which /proc/PID/fd shows it. */
typedef void local_socket_fn(void *context, const union address *own, uint64_t inode);

/* Calls `found` for each socket of this network namespace that is connected to the port. Where
 * the kernel, or a sandbox, does not permit it, there is none. */
void local_sockets_each(uint16_t port, local_socket_fn *found, void *context);

#endif
