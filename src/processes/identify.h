/* Which process of this host each client is. Slow: for a thread. Thread-safe. */
#ifndef PROCESSES_IDENTIFY_H
#define PROCESSES_IDENTIFY_H

#include "base/span.h"
#include "processes/processes.h"

struct sought_client {
    struct span address; /* "127.0.0.1:30085", as address_format writes it; borrowed */
    uint16_t port;       /* of that; 0: the client is not sought by it */
    int32_t pid;         /* of a client of a Unix socket; 0: unknown */
};

/* Calls `identified` for each of the clients, connected to that port or to a Unix socket, that
 * a process of this host is, with its index. Without memory or permission, for fewer. */
void identify(
    const struct sought_client *clients, size_t count, uint16_t port, process_fn *identified,
    void *context);

#endif
