/* Which process of this host each client is. Slow: for a thread. Thread-safe. */
#ifndef OBSERVE_IDENTIFY_H
#define OBSERVE_IDENTIFY_H

#include "observe/processes.h"
#include "why/facts.h"

typedef void identified_fn(
    void *context, struct facts_client *client, const struct process *process);

/* Calls `identified` for each of the clients, connected to that port, that a process of this
 * host is. Without memory or permission, for fewer. */
void identify(
    struct facts_client *clients, size_t count, uint16_t port, identified_fn *identified,
    void *context);

#endif
